import type { HistoryEvent } from "../history/event.ts";
import { isRequest, type RequestKind, regularKinds } from "../history/transcription-operations.ts";
import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";
import { quantile } from "./quantile.ts";
import { type EndedRequest, firstAt, type PipelineWait, type Timeline, timelineOf } from "./timeline.ts";

/** What "the service is well" means. Every bound counts over the window that ends at the time asked about. */
export interface SteadyStateOptions {
  /** Default 3 s. */
  readonly window?: Duration;
  /** Least ratio of requests that end ok (default 0.99). A request that hangs longer than `hang` counts as failed. */
  readonly availability?: number;
  /** Bound on the 95th percentile of `status` requests, in ms (default 1000). */
  readonly statusP95Ms?: number;
  /** A request under way for longer than this counts as failed (default 1 s). */
  readonly hang?: Duration;
  /** From the acknowledged finish of a recording to ENCODED, as its user sees it (default 3 s). */
  readonly encodedWithin?: Duration;
  /** From the acknowledged conversion to COMPLETED, likewise (default 10 s). */
  readonly completedWithin?: Duration;
  /** At least so many requests of each kind ended ok (default 2)... */
  readonly minOfEachKind?: number;
  /** ...and so many recordings were seen COMPLETED (default 1). */
  readonly minCompleted?: number;
}

export interface Judgement {
  readonly holds: boolean;
  /** Why it does not hold, one sentence each. */
  readonly reasons: readonly string[];
  /** A recording waits too long at this very moment: unlike the other reasons, this one is not about the window. */
  readonly overdue: boolean;
}

/** The steady-state hypothesis: the same function judges live, before the fault, and afterwards, for the RTO. */
export interface SteadyState {
  /** For people, with all bounds. */
  readonly description: string;
  readonly windowMs: number;
  /**
   * How long it must hold on end before it says that the service is well: a stalled pipeline shows only once a
   * recording has waited longer than it may, so it is the window and the longest wait together.
   */
  readonly holdMs: number;
  /** Whether it holds at `atNs`, judged by nothing that happened later. */
  holds(events: readonly HistoryEvent[], atNs: number): Judgement;
}

/** Hung requests are looked for among those invoked at most this long ago; clients time out far sooner. */
const HANG_LOOKBACK_NS = 60e9;

/**
 * The service is well when, over the window, requests of every kind succeed, fast enough; none hangs; recordings
 * complete; and none has waited too long. The last two matter since a service can answer every request while its
 * pipeline stands still; the first, since no request at all would have no failures either.
 */
export function steadyState(options: SteadyStateOptions = {}): SteadyState {
  const windowMs = milliseconds(options.window ?? "3s");
  const hangMs = milliseconds(options.hang ?? "1s");
  const waitMs = {
    encoded: milliseconds(options.encodedWithin ?? "3s"),
    completed: milliseconds(options.completedWithin ?? "10s"),
  };
  const { availability = 0.99, statusP95Ms = 1_000, minOfEachKind = 2, minCompleted = 1 } = options;

  return {
    windowMs,
    holdMs: windowMs + Math.max(...Object.values(waitMs)),
    description:
      `over ${formatDuration(windowMs)}: at least ${availability * 100} % of requests ok and ${minOfEachKind} of each kind, ` +
      `none under way for more than ${formatDuration(hangMs)}, status p95 at most ${statusP95Ms} ms, ` +
      `at least ${minCompleted} recording(s) completed, none FAILED, ` +
      `each encoded within ${formatDuration(waitMs.encoded)} and completed within ${formatDuration(waitMs.completed)}`,
    holds(events, atNs) {
      const timeline = timelineOf(events);
      const fromNs = atNs - windowMs * 1e6;
      const pipeline = judgePipeline(timeline, fromNs, atNs, { minCompleted, waitMs });
      const reasons = [
        ...judgeRequests(timeline, fromNs, atNs, { availability, statusP95Ms, minOfEachKind, hangMs }),
        ...pipeline.reasons,
      ];
      return { holds: reasons.length === 0, reasons, overdue: pipeline.overdue };
    },
  };
}

function judgeRequests(
  timeline: Timeline,
  fromNs: number,
  atNs: number,
  bounds: { availability: number; statusP95Ms: number; minOfEachKind: number; hangMs: number },
): string[] {
  const ended = endedWithin(timeline, fromNs, atNs).filter(({ invoke }) => isRequest(invoke));
  const ok = ended.filter(({ completion }) => completion.type === "ok");
  const hung = countHung(timeline, atNs, bounds.hangMs, isRequest);
  const reasons: string[] = [];

  const okOf = (kind: RequestKind) => ok.filter(({ invoke }) => invoke.f === kind);
  for (const kind of regularKinds) {
    const count = okOf(kind).length;
    if (count < bounds.minOfEachKind) {
      reasons.push(`${count} ${kind} request(s) succeeded, needs ${bounds.minOfEachKind}`);
    }
  }
  const total = ended.length + hung;
  if (total > 0 && ok.length / total < bounds.availability) {
    reasons.push(
      `${ok.length} of ${total} requests succeeded (${hung} hang), needs ${bounds.availability * 100} %`,
    );
  }
  const p95 = quantile(
    okOf("status").map(({ latencyMs }) => latencyMs),
    0.95,
  );
  if (p95 !== undefined && p95 > bounds.statusP95Ms) {
    reasons.push(`status p95 is ${Math.round(p95)} ms, may be ${bounds.statusP95Ms} ms`);
  }
  return reasons;
}

/** What ended within a window. */
export function endedWithin(timeline: Timeline, fromNs: number, atNs: number): readonly EndedRequest[] {
  const byCompletion = (request: EndedRequest) => request.completion.time;
  return timeline.ended.slice(
    firstAt(timeline.ended, fromNs, byCompletion),
    firstAt(timeline.ended, atNs + 1, byCompletion),
  );
}

/** Operations under way at `atNs` since more than `hangMs`: they have not failed yet, but nobody is served. */
export function countHung(
  timeline: Timeline,
  atNs: number,
  hangMs: number,
  counts: (invoke: HistoryEvent) => boolean,
): number {
  const timeOf = (invoke: HistoryEvent) => invoke.time;
  const first = firstAt(timeline.invoked, atNs - HANG_LOOKBACK_NS, timeOf);
  const last = firstAt(timeline.invoked, atNs - hangMs * 1e6, timeOf);
  let hung = 0;
  for (const invoke of timeline.invoked.slice(first, last)) {
    if (counts(invoke) && (timeline.endOf(invoke) ?? Number.POSITIVE_INFINITY) > atNs) hung++;
  }
  return hung;
}

function judgePipeline(
  timeline: Timeline,
  fromNs: number,
  atNs: number,
  bounds: { minCompleted: number; waitMs: Readonly<Record<PipelineWait["goal"], number>> },
): { reasons: string[]; overdue: boolean } {
  let completed = 0;
  let failed = 0;
  let late: string | undefined;
  let overdue: string | undefined;
  for (const wait of timeline.waits) {
    if (wait.from > atNs) break;
    const ended = wait.to !== undefined && wait.to <= atNs;
    if (ended && (wait.to ?? 0) < fromNs) continue;
    if (ended && wait.goal === "completed") {
      if (wait.state === "COMPLETED") completed++;
      else failed++;
    }
    const ms = ((ended ? (wait.to ?? atNs) : atNs) - wait.from) / 1e6;
    if (ms <= bounds.waitMs[wait.goal]) continue;
    const told = `recording ${wait.recording} has waited ${formatDuration(ms)} to be ${wait.goal}, may wait ${formatDuration(bounds.waitMs[wait.goal])}`;
    if (ended) late ??= told;
    else overdue ??= told;
  }
  const reasons: string[] = [];
  if (failed > 0) reasons.push(`${failed} recording(s) FAILED`);
  if (completed < bounds.minCompleted) {
    reasons.push(`${completed} recording(s) completed, needs ${bounds.minCompleted}`);
  }
  const tooLong = overdue ?? late;
  if (tooLong !== undefined) reasons.push(tooLong);
  return { reasons, overdue: overdue !== undefined };
}
