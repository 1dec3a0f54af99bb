import type { HistoryEvent } from "../history/event.ts";
import { isServed } from "../history/user-operations.ts";
import { quantile } from "./quantile.ts";
import type { SteadyState } from "./steady-state.ts";
import { type Timeline, timelineOf } from "./timeline.ts";

/** How the system came through one fault. */
export interface Recovery {
  /** From injection to the first request or recording that failed or was slow because of it; null: none was. */
  readonly detectMs: number | null;
  /** From injection until the hypothesis holds again; null: not within this history. */
  readonly rtoMs: number | null;
  /** Requests that did not end ok between injection and recovery (or the end). */
  readonly errors: number;
}

/** The RTO's resolution. */
const STEP_NS = 100e6;

/** Slow: longer than the 99th percentile in the steady phase by this factor, and than the floor. */
const SLOW_REQUEST = { factor: 3, floorMs: 250 };
const SLOW_PIPELINE = { factor: 1.5, floorMs: 1_000 };

/**
 * Judges the recovery from a fault injected at `injectedAtNs`, by the events before the drain. The RTO ends at the
 * earliest t such that the hypothesis holds for every window inside [t, t + hypothesis.holdMs], and no recording is
 * overdue in it; that whole stretch must be observed. Called live, it stays null until then, so that a runner can wait for it.
 */
export function recovery(
  events: readonly HistoryEvent[],
  injectedAtNs: number,
  hypothesis: SteadyState,
): Recovery {
  const timeline = timelineOf(events);
  const endNs = endOfLoad(events);
  const recoveredAt = recoveryTime(events, injectedAtNs, endNs, hypothesis);
  const judgedUntil = recoveredAt === null ? endNs : recoveredAt + hypothesis.holdMs * 1e6;
  const detectedAt = detectionTime(timeline, injectedAtNs, judgedUntil);
  const failed = timeline.ended.filter(
    ({ completion }) =>
      !isServed(completion) && completion.time >= injectedAtNs && completion.time <= (recoveredAt ?? endNs),
  );
  return {
    detectMs: detectedAt === null ? null : (detectedAt - injectedAtNs) / 1e6,
    rtoMs: recoveredAt === null ? null : (recoveredAt - injectedAtNs) / 1e6,
    errors: failed.length,
  };
}

/** The drain has no new recordings, so the hypothesis cannot hold in it. */
function endOfLoad(events: readonly HistoryEvent[]): number {
  const last = events.findLast(({ phase }) => phase !== "drain");
  return last?.time ?? 0;
}

function recoveryTime(
  events: readonly HistoryEvent[],
  injectedAtNs: number,
  endNs: number,
  hypothesis: SteadyState,
): number | null {
  const windowNs = hypothesis.windowMs * 1e6;
  const holdNs = Math.max(hypothesis.holdMs * 1e6, windowNs);
  let start = injectedAtNs;
  for (let at = injectedAtNs; at <= endNs; at += STEP_NS) {
    const { holds, overdue } = hypothesis.holds(events, at);
    // A bad window ending at `at` spoils every stretch that holds the whole of it, so the next may start a step after
    // that window's start; a recording overdue at `at` spoils every stretch up to `at`.
    if (!holds) start = Math.max(start, overdue ? at + STEP_NS : at - windowNs + STEP_NS);
    else if (at - start >= holdNs) return start;
  }
  return null;
}

function detectionTime(timeline: Timeline, injectedAtNs: number, untilNs: number): number | null {
  const requestBound = slowBounds(
    timeline.ended
      .filter(({ invoke, completion }) => invoke.phase === "steady" && completion.time < injectedAtNs)
      .map(({ invoke, latencyMs }) => ({ kind: invoke.f, ms: latencyMs })),
    SLOW_REQUEST,
  );
  const pipelineBound = slowBounds(
    timeline.waits.flatMap(({ goal, from, to }) =>
      to !== undefined && to < injectedAtNs ? [{ kind: goal, ms: (to - from) / 1e6 }] : [],
    ),
    SLOW_PIPELINE,
  );
  const signs: number[] = [];
  const slowFrom = (from: number, boundMs: number | undefined, to: number) => {
    const at = boundMs === undefined ? Number.POSITIVE_INFINITY : from + boundMs * 1e6;
    if (to > at) signs.push(at);
  };
  for (const { invoke, completion } of timeline.ended) {
    if (completion.time < injectedAtNs) continue;
    if (!isServed(completion)) signs.push(completion.time);
    slowFrom(invoke.intended ?? invoke.time, requestBound.get(invoke.f), completion.time);
  }
  for (const { goal, from, to } of timeline.waits) {
    slowFrom(from, pipelineBound.get(goal), to ?? untilNs);
  }
  const seen = signs.filter((at) => at >= injectedAtNs && at <= untilNs);
  return seen.reduce<number | null>((first, at) => (first === null || at < first ? at : first), null);
}

/** For each kind, from what duration on one is slow, by the steady samples. */
function slowBounds(
  samples: readonly { kind: string; ms: number }[],
  slow: { factor: number; floorMs: number },
): Map<string, number> {
  const bounds = new Map<string, number>();
  for (const [kind, group] of Map.groupBy(samples, (sample) => sample.kind)) {
    const p99 = quantile(
      group.map(({ ms }) => ms),
      0.99,
    );
    if (p99 !== undefined) bounds.set(kind, Math.max(p99 * slow.factor, slow.floorMs));
  }
  return bounds;
}
