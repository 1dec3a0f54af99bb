import { type HistoryEvent, type Phase, phases } from "../history/event.ts";
import { polledValues } from "../history/ordering-operations.ts";
import { isRequest, okValue } from "../history/transcription-operations.ts";
import { isNo, isServed, userOperationKinds } from "../history/user-operations.ts";
import type { Sample, ThresholdResult } from "../report/record.ts";
import { UsageError } from "../util/errors.ts";
import { checkK6Threshold, isOfK6, type K6Bound, ownK6Thresholds, parseK6Bound } from "./k6-thresholds.ts";
import { keyOf, type ValueKey } from "./log/value-ids.ts";
import { type Bound, type MetricKind, parseBound } from "./threshold-expression.ts";
import { type EndedRequest, timelineOf } from "./timeline.ts";

/** Bounds as a scenario writes them: `{ steady: { stt_status_duration: "p(95)<300" } }`. */
export type Thresholds = Readonly<
  Partial<Record<Phase, Readonly<Record<string, string | readonly string[]>>>>
>;

/** One bound on one metric in one phase, read and ready. */
export interface Threshold {
  readonly phase: Phase;
  readonly metric: string;
  readonly bound: Bound | K6Bound;
}

/** What is measured beside the history. */
export interface OutsideMeasures {
  /** Of k6, second by second. */
  readonly samples: readonly Sample[];
  /** Of each fault; null: it never recovered. */
  readonly rtoMs: readonly (number | null)[];
}

interface Metric {
  readonly kind: MetricKind;
  samples(events: readonly HistoryEvent[], phase: Phase, outside: OutsideMeasures): readonly number[];
}

/**
 * A duration is what the user waited for a request that succeeded, from when it was first wanted (a retry keeps that
 * time); a failed one counts in `http_req_failed` instead, so that quick refusals do not look fast. A request belongs
 * to the phase in which it was invoked; a completion to the phase in which the user saw COMPLETED.
 */
const metrics: Readonly<Record<string, Metric>> = {
  stt_start_duration: requestDuration("start"),
  stt_chunk_duration: requestDuration("chunk", "finish"),
  stt_status_duration: requestDuration("status"),
  http_req_failed: {
    kind: "rate",
    samples: (events, phase) =>
      requestsIn(events, phase)
        .filter(({ invoke }) => isRequest(invoke))
        .map(({ completion }) => (completion.type === "ok" ? 0 : 1)),
  },
  stt_completion_duration: { kind: "trend", samples: completionDurations },
  delivery_duration: { kind: "trend", samples: deliveryDurations },
  rto: {
    kind: "duration",
    samples: (_events, _phase, { rtoMs }) => rtoMs.map((rto) => rto ?? Number.POSITIVE_INFINITY),
  },
};

/** Of any kind of operation, `acquire_duration` for example. An answer that says no (a busy lock) is an answer, too. */
const ofAnyKind: Readonly<Record<string, (kind: string) => Metric>> = {
  duration: (kind) => ({
    kind: "trend",
    samples: (events, phase) =>
      endedOf(kind, events, phase)
        .filter(({ completion }) => isServed(completion))
        .map(({ latencyMs }) => latencyMs),
  }),
  failed: (kind) => shareOf(kind, ({ completion }) => !isServed(completion)),
  refused: (kind) => shareOf(kind, ({ completion }) => isNo(completion)),
};

function metricNamed(name: string): Metric | undefined {
  if (Object.hasOwn(metrics, name)) return metrics[name];
  const [, kind = "", what = ""] = /^(.+)_([a-z]+)$/.exec(name) ?? [];
  return userOperationKinds.has(kind) && Object.hasOwn(ofAnyKind, what) ? ofAnyKind[what]?.(kind) : undefined;
}

/**
 * Reads a scenario's thresholds, before anything is started.
 * @throws UsageError naming an unknown phase or metric, or a bad expression.
 */
export function parseThresholds(thresholds: Thresholds): Threshold[] {
  return Object.entries(thresholds).flatMap(([name, bounds]) => {
    const phase = phases.find((known) => known === name);
    if (phase === undefined) {
      throw new UsageError(
        `thresholds name an unknown phase ${JSON.stringify(name)}`,
        `Phases: ${phases.join(", ")}.`,
      );
    }
    return Object.entries(bounds ?? {}).flatMap(([metric, expressions]): Threshold[] => {
      if (isOfK6(metric)) {
        return [expressions]
          .flat()
          .map((expression) => ({ phase, metric, bound: parseK6Bound(metric, expression) }));
      }
      const known = metricNamed(metric);
      if (known === undefined) {
        throw new UsageError(
          `thresholds name an unknown metric ${JSON.stringify(metric)}`,
          `Metrics: ${Object.keys(metrics).join(", ")}; <kind of operation>_${Object.keys(ofAnyKind).join(", _")}; k6.<metric of k6>.`,
        );
      }
      return [expressions]
        .flat()
        .map((expression) => ({ phase, metric, bound: parseBound(expression, metric, known.kind) }));
    });
  });
}

/**
 * Judges thresholds, and adds what k6 judged by its script's own. A metric without a sample in its phase is inconclusive; an RTO that
 * never ended fails.
 */
export function checkThresholds(
  events: readonly HistoryEvent[],
  thresholds: readonly Threshold[],
  outside: OutsideMeasures,
): ThresholdResult[] {
  const judged = thresholds.map(({ phase, metric, bound }): ThresholdResult => {
    if ("kind" in bound) return checkK6Threshold(outside.samples, { phase, metric, bound });
    const samples = metricNamed(metric)?.samples(events, phase, outside) ?? [];
    const result = { phase, metric, bound: bound.expression };
    if (samples.length === 0) return { ...result, verdict: "inconclusive" };
    const actual = bound.measure(samples);
    const verdict = bound.keeps(actual) ? "passed" : "failed";
    return Number.isFinite(actual) ? { ...result, actual, verdict } : { ...result, verdict };
  });
  return [...judged, ...ownK6Thresholds(outside.samples)];
}

function requestsIn(events: readonly HistoryEvent[], phase: Phase): readonly EndedRequest[] {
  return timelineOf(events).ended.filter(({ invoke }) => invoke.phase === phase);
}

function requestDuration(...kinds: readonly string[]): Metric {
  return {
    kind: "trend",
    samples: (events, phase) =>
      requestsIn(events, phase)
        .filter(({ invoke, completion }) => kinds.includes(invoke.f) && completion.type === "ok")
        .map(({ latencyMs }) => latencyMs),
  };
}

function endedOf(kind: string, events: readonly HistoryEvent[], phase: Phase): readonly EndedRequest[] {
  return requestsIn(events, phase).filter(({ invoke }) => invoke.f === kind);
}

const shareOf = (kind: string, counts: (request: EndedRequest) => boolean): Metric => ({
  kind: "rate",
  samples: (events, phase) => endedOf(kind, events, phase).map((request) => (counts(request) ? 1 : 0)),
});

/** From when a record was wanted to be sent, to the first poll that brought it. What was never polled has none. */
function deliveryDurations(events: readonly HistoryEvent[], phase: Phase): number[] {
  const sent = new Map<ValueKey, HistoryEvent>();
  const durations: number[] = [];
  for (const event of events) {
    if (event.f === "send" && event.type === "invoke") sent.set(keyOf(event.value), event);
    if (event.f !== "poll" || event.type !== "ok") continue;
    for (const value of polledValues(event.value)) {
      const send = sent.get(keyOf(value));
      if (send === undefined) continue;
      sent.delete(keyOf(value));
      if (send.phase === phase) durations.push((event.time - (send.intended ?? send.time)) / 1e6);
    }
  }
  return durations;
}

/** From when the user wanted to start, to the first sight of COMPLETED. */
function completionDurations(events: readonly HistoryEvent[], phase: Phase): number[] {
  const wanted = new Map<string, number>();
  for (const { invoke, completion } of timelineOf(events).ended) {
    if (invoke.f === "start" && completion.type === "ok") {
      wanted.set(okValue("start", completion).id, invoke.intended ?? invoke.time);
    }
  }
  const seen = new Set<string>();
  const durations: number[] = [];
  for (const event of events) {
    if (event.type !== "ok" || event.key === undefined || seen.has(event.key)) continue;
    if (event.f !== "status" && event.f !== "update") continue;
    if (okValue(event.f, event).status !== "COMPLETED") continue;
    seen.add(event.key);
    const from = wanted.get(event.key);
    if (from !== undefined && event.phase === phase) durations.push((event.time - from) / 1e6);
  }
  return durations;
}
