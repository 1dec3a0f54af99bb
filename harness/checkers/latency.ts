import { build, type Histogram } from "hdr-histogram-js";
import type { HistoryEvent, Phase } from "../history/event.ts";
import { latencyMs } from "../history/operations.ts";
import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";
import { UsageError } from "../util/errors.ts";
import {
  AnomalyList,
  type EndedOperation,
  type OperationJudge,
  streamingChecker,
} from "./operation-judge.ts";
import { type Checker, witnessCap } from "./verdict.ts";

/** The percentiles that can be bounded, and the share of operations that each is about. */
const percentiles = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999, max: 1 } as const;
type Percentile = keyof typeof percentiles;

export interface LatencyOptions extends Partial<Readonly<Record<Percentile, Duration>>> {
  /** The kind of operation that is bounded (default: all together). */
  readonly f?: string;
  /** The phase in which it was invoked (default: all together). */
  readonly phase?: Phase;
}

/**
 * How long users waited for operations that ended ok: from when they wanted them (`intended`, else the invoke) to the completion, so
 * that a generator that falls behind hides nothing (no coordinated omission). An operation belongs to the phase of its invoke. Counts have
 * percentiles of each kind in each phase, by an HDR histogram: to three digits, whatever the length of the history.
 *
 * - `too-slow`: fewer operations than the percentile says were within its bound. Counted, so exact.
 *
 * Without bounds it only measures. No operation of the bounded kind and phase that ended ok: inconclusive.
 * @throws RangeError for a bad duration; UsageError for an unknown option.
 */
export function latency(options: LatencyOptions = {}): Checker {
  const { f, phase, ...rest } = options;
  const bounds = Object.entries(rest).map(([name, duration]) => {
    if (!isPercentile(name)) {
      throw new UsageError(
        `latency has no bound ${JSON.stringify(name)}`,
        `Bounds: ${Object.keys(percentiles).join(", ")}.`,
      );
    }
    return { name, boundMs: milliseconds(duration) };
  });
  return streamingChecker("latency", () => new LatencyJudge(f, phase, bounds));
}

const isPercentile = (name: string): name is Percentile => Object.hasOwn(percentiles, name);

interface Bounded {
  readonly name: Percentile;
  readonly boundMs: number;
}

class LatencyJudge implements OperationJudge<undefined> {
  readonly #f: string | undefined;
  readonly #phase: Phase | undefined;
  readonly #bounds: readonly Bounded[];
  /** Operations within each bound. */
  readonly #within: number[];
  /** By phase and kind, in microseconds. */
  readonly #histograms = new Map<string, Histogram>();
  /** Bounded operations that ended ok, the slowest of them, and those that did not end ok. */
  readonly #samples = build();
  #slowest: { readonly ms: number; readonly event: HistoryEvent }[] = [];
  #notOk = 0;

  constructor(f: string | undefined, phase: Phase | undefined, bounds: readonly Bounded[]) {
    this.#f = f;
    this.#phase = phase;
    this.#bounds = bounds;
    this.#within = bounds.map(() => 0);
  }

  invoked(): undefined {
    return undefined;
  }

  completed(operation: EndedOperation): void {
    const { invoke, completion } = operation;
    const bounded = (this.#f ?? invoke.f) === invoke.f && (this.#phase ?? invoke.phase) === invoke.phase;
    if (completion.type !== "ok") {
      if (bounded) this.#notOk++;
      return;
    }
    const ms = latencyMs(operation) ?? 0;
    this.#histogram(`${invoke.phase ?? "no phase"} ${invoke.f}`).recordValue(microseconds(ms));
    if (bounded) this.#count(ms, completion);
  }

  end() {
    const samples = this.#samples.totalCount;
    const what = `${this.#f ?? "operations"}${this.#phase === undefined ? "" : ` in phase ${this.#phase}`}`;
    const anomalies = new AnomalyList();
    for (const [n, { name, boundMs }] of this.#bounds.entries()) {
      const within = this.#within[n] ?? 0;
      if (samples === 0 || within >= Math.ceil(percentiles[name] * samples)) continue;
      anomalies.add(
        "too-slow",
        `${name} of ${what} is ${formatDuration(percentileMs(this.#samples, name))}, may be ${formatDuration(boundMs)}: ` +
          `${samples - within} of ${samples} were slower`,
        this.#slowest.map(({ event }) => event),
      );
    }
    const p95 = formatDuration(percentileMs(this.#samples, "p95"));
    return {
      anomalies: anomalies.shown,
      gaps: samples === 0 ? [`no ${what} ended ok`] : [],
      passedReason: `${samples} ${what}, p95 ${p95}${this.#bounds.length === 0 ? ", nothing bounded" : ", within every bound"}`,
      counts: { samples, "not ok": this.#notOk, ...this.#percentiles() },
    };
  }

  #count(ms: number, event: HistoryEvent): void {
    this.#samples.recordValue(microseconds(ms));
    for (const [n, { boundMs }] of this.#bounds.entries()) {
      if (ms <= boundMs) this.#within[n] = (this.#within[n] ?? 0) + 1;
    }
    const fastest = this.#slowest.at(-1);
    if (this.#slowest.length === witnessCap && fastest && ms <= fastest.ms) return;
    this.#slowest = [...this.#slowest, { ms, event }].sort((a, b) => b.ms - a.ms).slice(0, witnessCap);
  }

  /** "steady status p95 (ms)" and so on. */
  #percentiles(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [group, histogram] of this.#histograms) {
      counts[`${group} samples`] = histogram.totalCount;
      for (const name of Object.keys(percentiles).filter(isPercentile)) {
        counts[`${group} ${name} (ms)`] = Math.round(percentileMs(histogram, name) * 1_000) / 1_000;
      }
    }
    return counts;
  }

  #histogram(group: string): Histogram {
    const known = this.#histograms.get(group) ?? build();
    this.#histograms.set(group, known);
    return known;
  }
}

/** HDR histograms hold integers; the default one has three significant digits and grows with its values. */
const microseconds = (ms: number) => Math.max(0, Math.round(ms * 1_000));

function percentileMs(histogram: Histogram, name: Percentile): number {
  return histogram.totalCount === 0 ? 0 : histogram.getValueAtPercentile(percentiles[name] * 100) / 1_000;
}
