import type { Threshold } from "k6/options";
import type { Shape } from "./profiles.ts";
import type { Settings } from "./settings.ts";

/** An upper bound on a metric, or on the share of its samples that are not well. */
export type Bound =
  /** 95 of 100 samples take less, ms. */
  | { readonly metric: string; readonly p95: number }
  /** A smaller share of the samples is non-zero. */
  | { readonly metric: string; readonly share: number }
  /** Not one, or one at least. */
  | { readonly metric: string; readonly count: "none" | "some" };

/**
 * Recordings that did not end COMPLETED, for whatever reason. Without it a load of which nothing works may hold all other
 * bounds: k6 lets thresholds hold whose metric has no sample.
 */
const recordings: Bound = { metric: "stt_failed", share: 0.05 };

/** Bounds of the HTTP interface. */
export const httpBounds: readonly Bound[] = [
  { metric: "stt_start_duration", p95: 1_000 },
  { metric: "stt_chunk_duration", p95: 500 },
  { metric: "stt_status_duration", p95: 300 },
  { metric: "http_req_failed", share: 0.05 },
  recordings,
];

/** Bounds of the live interface. */
export const liveBounds: readonly Bound[] = [
  { metric: "ws_connect_duration", p95: 3_000 },
  { metric: "ws_message_latency", p95: 500 },
  recordings,
];

/** Bounds of Kafka itself, where nothing may be missing at all: neither a record nor, which looks the same, its reader. */
export const kafkaBounds: readonly Bound[] = [
  { metric: "kafka_produce_duration", p95: 500 },
  { metric: "kafka_end_to_end_latency", p95: 500 },
  { metric: "kafka_produce_failed", share: 0.05 },
  { metric: "kafka_missing", count: "none" },
  { metric: "kafka_received", count: "some" },
];

/** The share of its arrivals that an open load may drop because no user was free. */
const mayDrop = 0.01;
/** A ramp to the breaking point ends after so many. */
const dropsAtBreakpoint = 10;
/** A few slow requests at the very beginning, while everything is cold, are no breaking point. */
const delayAbortEval = "15s";

/**
 * Thresholds by metric, as k6 wants them. With `strict` each bound is a tenth. An open load that drops arrivals has not
 * offered what it says, so they are bounded, too (k6 itself only warns). A ramp to the breaking point ends as soon as one
 * does not hold.
 */
export function thresholdsOf(
  bounds: readonly Bound[],
  { profile, strict }: Pick<Settings, "profile" | "strict">,
  { arrivals }: Pick<Shape, "arrivals">,
): Record<string, Threshold[]> {
  const breakpoint = profile === "breakpoint";
  const expressions = bounds.map((bound) => [bound.metric, expressionOf(bound, strict ? 10 : 1)] as const);
  const drops = breakpoint ? dropsAtBreakpoint : Math.floor(mayDrop * (arrivals ?? 0));
  const all =
    arrivals === undefined
      ? expressions
      : [...expressions, ["dropped_iterations", `count<=${drops}`] as const];
  return Object.fromEntries(
    all.map(([metric, threshold]) => [
      metric,
      [breakpoint ? { threshold, abortOnFail: true, delayAbortEval } : threshold],
    ]),
  );
}

function expressionOf(bound: Bound, tighter: number): string {
  if ("p95" in bound) return `p(95)<${exact(bound.p95 / tighter)}`;
  if ("share" in bound) return `rate<${exact(bound.share / tighter)}`;
  return bound.count === "none" ? "count==0" : "count>0";
}

/** Without what binary fractions add: 0.05 / 10 is 0.005. */
const exact = (value: number) => Number(value.toFixed(9));
