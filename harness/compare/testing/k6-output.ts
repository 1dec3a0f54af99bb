import { writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

/** What a window's file is made of. */
export interface K6Output {
  /** Unix time of the first sample, in ms. */
  readonly startedAt?: number;
  /** Of `stt_status_duration`, in ms; one iteration and one request each, a second apart. */
  readonly latencies: readonly number[];
  /** How many of the requests fail. */
  readonly failed?: number;
}

const declared = [
  ["vus", "gauge", "default"],
  ["iterations", "counter", "default"],
  ["http_req_failed", "rate", "default"],
  ["checks", "rate", "default"],
  ["stt_status_duration", "trend", "time"],
  ["bytes", "trend", "data"],
] as const;

/** Lines as k6 2 writes them. */
export function k6Lines({ startedAt = 1_700_000_000_000, latencies, failed = 0 }: K6Output): string[] {
  const point = (metric: string, at: number, value: number, tags: Record<string, string> | null) =>
    JSON.stringify({
      metric,
      type: "Point",
      data: { time: new Date(startedAt + at * 1_000).toISOString(), value, tags },
    });
  const tags = { group: "", scenario: "default" };
  return [
    ...declared.map(([metric, type, contains]) =>
      JSON.stringify({
        type: "Metric",
        data: { name: metric, type, contains, thresholds: [], submetrics: null },
        metric,
      }),
    ),
    point("stt_status_duration", -10, 9_999, { group: "::setup" }),
    point("vus", -5, 1, null),
    ...latencies.flatMap((latency, at) => [
      point("stt_status_duration", at, latency, tags),
      point("bytes", at, 17, tags),
      point("http_req_failed", at, at < failed ? 1 : 0, tags),
      point("checks", at, at < failed ? 0 : 1, { ...tags, check: "ok" }),
      point("iterations", at, 1, tags),
    ]),
    point("stt_status_duration", 90, 9_999, { group: "::teardown" }),
  ];
}

/** Writes a window's file, gzipped when its name ends in `.gz`. */
export async function writeK6Output(path: string, output: K6Output): Promise<void> {
  const text = `${k6Lines(output).join("\n")}\n`;
  await writeFile(path, path.endsWith(".gz") ? gzipSync(text) : text);
}
