import type { Fault } from "./fault.ts";
import { type LatencyOptions, latency } from "./latency.ts";
import { linksTo } from "./link-targets.ts";
import { stop } from "./stop.ts";
import { node } from "./targets.ts";

/** Stops PostgreSQL as its operator would: sessions are ended, new connections refused. */
export const postgresDown = (): Fault => stop(node("postgres"));

/** Makes PostgreSQL answer late, to everybody but the harness: its links are slow, it is not. */
export const postgresSlow = (options: LatencyOptions): Fault => latency(linksTo(node("postgres")), options);
