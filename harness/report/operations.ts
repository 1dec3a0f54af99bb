import { type HistoryEvent, type Phase, phases } from "../history/event.ts";
import { latencyMs, OperationPairer } from "../history/operations.ts";
import { isNo } from "../history/user-operations.ts";
import { bucketOf, type TimeAxis } from "./axis.ts";
import { GroupedLatencies } from "./latencies.ts";
import type { LatencySummary } from "./latency-summary.ts";
import type { PhaseSpan } from "./record.ts";

/** How operations ended, counted per bucket by when they were due. */
export interface OutcomeSeries {
  readonly ok: number[];
  /** Ended with an answer that says no, such as a busy lock: the user was served. */
  readonly no: number[];
  readonly fail: number[];
  /** Ended `info`, or never: may or may not have happened. */
  readonly info: number[];
}

/** All operations of one kind in one phase. */
export interface OperationRow {
  readonly phase: Phase;
  readonly f: string;
  readonly invoked: number;
  readonly ok: number;
  readonly no: number;
  readonly fail: number;
  readonly info: number;
  /** Of operations that ended ok; null when none did. */
  readonly latency: LatencySummary | null;
}

/** What the report shows of the operations of a run. */
export interface OperationsView {
  /** By node, as the clients saw it; the key "" holds all operations. */
  readonly availability: ReadonlyMap<string, OutcomeSeries>;
  /** Exact latency figures per bucket of operations that ended ok, by kind; the key "" holds all kinds. */
  readonly latency: ReadonlyMap<string, readonly (LatencySummary | null)[]>;
  /** Completions per bucket, by when they ended. */
  readonly completions: OutcomeSeries;
  readonly table: readonly OperationRow[];
  readonly invoked: number;
  /** Invocations that the history never saw end; they are counted as `info`. */
  readonly open: number;
}

type Outcome = keyof OutcomeSeries;

interface KindTotals {
  readonly byBucket: GroupedLatencies;
  readonly byPhase: GroupedLatencies;
  readonly outcomes: Map<Phase, Record<Outcome, number>>;
}

/** The empty name stands for "all nodes" and "all kinds". */
const ALL = "";

/**
 * Folds a history, event by event, into the series of the report. An operation counts where it was *due*
 * (its intended start, else its invocation), and its latency runs from there, so that a late client does
 * not hide a slow system.
 */
export class OperationSeries {
  readonly #axis: TimeAxis;
  readonly #spans: readonly PhaseSpan[];
  readonly #pairer = new OperationPairer();
  readonly #availability = new Map<string, OutcomeSeries>();
  readonly #kinds = new Map<string, KindTotals>();
  readonly #completions: OutcomeSeries;
  #invoked = 0;

  constructor(axis: TimeAxis, spans: readonly PhaseSpan[]) {
    this.#axis = axis;
    this.#spans = spans;
    this.#completions = emptyOutcomes(axis);
  }

  /** @throws UsageError when the event breaks the rules of the history format. */
  add(event: HistoryEvent): void {
    const operation = this.#pairer.add(event);
    if (event.type === "invoke") this.#invoked += 1;
    if (operation === undefined || event.type === "invoke") return;
    const outcome = isNo(event) ? "no" : event.type;
    this.#count(operation.invoke, outcome);
    increment(this.#completions[outcome], bucketOf(this.#axis, event.time));
    if (event.type === "ok") this.#addLatency(operation.invoke, latencyMs(operation) ?? 0);
  }

  /** The figures. Operations still open count as `info`; call it once, after the last event. */
  finish(): OperationsView {
    const open = [...this.#pairer.open()];
    for (const invoke of open) this.#count(invoke, "info");
    const latency = new Map<string, (LatencySummary | null)[]>();
    for (const [f, totals] of this.#kinds) latency.set(f, totals.byBucket.summaries());
    return {
      availability: this.#availability,
      latency,
      completions: this.#completions,
      table: this.#table(),
      invoked: this.#invoked,
      open: open.length,
    };
  }

  #count(invoke: HistoryEvent, outcome: Outcome): void {
    const bucket = bucketOf(this.#axis, dueTime(invoke));
    const nodes = invoke.node === undefined ? [ALL] : [ALL, invoke.node];
    for (const node of nodes) {
      const series = getOrCreate(this.#availability, node, () => emptyOutcomes(this.#axis));
      increment(series[outcome], bucket);
    }
    const phase = this.#phaseOf(invoke);
    const totals = getOrCreate(this.#kind(invoke.f).outcomes, phase, () => ({
      ok: 0,
      no: 0,
      fail: 0,
      info: 0,
    }));
    totals[outcome] += 1;
  }

  #addLatency(invoke: HistoryEvent, ms: number): void {
    const bucket = bucketOf(this.#axis, dueTime(invoke));
    const kind = this.#kind(invoke.f);
    kind.byBucket.add(bucket, ms);
    this.#kind(ALL).byBucket.add(bucket, ms);
    kind.byPhase.add(phases.indexOf(this.#phaseOf(invoke)), ms);
  }

  #kind(f: string): KindTotals {
    return getOrCreate(this.#kinds, f, () => ({
      byBucket: new GroupedLatencies(this.#axis.buckets),
      byPhase: new GroupedLatencies(phases.length),
      outcomes: new Map(),
    }));
  }

  #phaseOf(invoke: HistoryEvent): Phase {
    if (invoke.phase !== undefined) return invoke.phase;
    return this.#spans.findLast((span) => span.from <= invoke.time)?.name ?? "setup";
  }

  #table(): OperationRow[] {
    const rows: OperationRow[] = [];
    for (const [f, totals] of this.#kinds) {
      const latencies = totals.byPhase.summaries();
      for (const [phase, counts] of totals.outcomes) {
        const latency = latencies[phases.indexOf(phase)] ?? null;
        const { ok, no, fail, info } = counts;
        rows.push({ phase, f, invoked: ok + no + fail + info, ...counts, latency });
      }
    }
    // A stable sort: within a phase, kinds stay in the order they first occurred.
    return rows.sort((a, b) => phases.indexOf(a.phase) - phases.indexOf(b.phase));
  }
}

/** When an operation should have been sent: what open-loop latency counts from. */
function dueTime(invoke: HistoryEvent): number {
  return invoke.intended ?? invoke.time;
}

function emptyOutcomes(axis: TimeAxis): OutcomeSeries {
  const zeros = () => new Array<number>(axis.buckets).fill(0);
  return { ok: zeros(), no: zeros(), fail: zeros(), info: zeros() };
}

function increment(counts: number[], bucket: number): void {
  counts[bucket] = (counts[bucket] ?? 0) + 1;
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const present = map.get(key);
  if (present !== undefined) return present;
  const value = create();
  map.set(key, value);
  return value;
}
