/** What a number counts. */
export type Unit = "ms" | "bytes" | "events/s" | "ops/s";
