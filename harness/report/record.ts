import type { CheckResult, Verdict } from "../checkers/verdict.ts";
import type { Phase } from "../history/event.ts";
import type { NetworkKind } from "../network/private-network.ts";
import type { Call } from "../util/call.ts";
import type { Distribution } from "../util/distribution.ts";

/** All times named `…At`, `from` and `to` are nanoseconds on the run's axis, as in the history. */

/** A stretch of the run. Phases do not overlap; a later one starts where the former ended. */
export interface PhaseSpan {
  readonly name: Phase;
  readonly from: number;
  readonly to: number;
}

/** What happened with one fault, one row in the report. Absent times: it did not come to that. */
export interface FaultRecord {
  readonly id: string;
  /** The kind of damage: `kill`. */
  readonly fault: string;
  /** The target as the scenario wrote it: `leader of stt-processing-topic[0]`. */
  readonly target: string;
  /** When it was due, from the start of the steady phase; with a condition, from when on that was watched. */
  readonly atMs?: number;
  /** How long it was to last, from its injection. */
  readonly forMs?: number;
  /** The condition it waited for, as people say it. */
  readonly after?: string;
  /** What the target resolved to at injection: `["kafka-2"]`. */
  readonly nodes: readonly string[];
  /** The links it resolved to: `["stt-1 -> kafka-2"]`. */
  readonly links: readonly string[];
  readonly injectedAt?: number;
  /** When the probe proved the effect, and how. */
  readonly provenAt?: number;
  readonly proof?: string;
  /** When the healing began; `healedAt`: when it was done. */
  readonly healingAt?: number;
  readonly healedAt?: number;
  readonly healProvenAt?: number;
  readonly healProof?: string;
  /** What was tried beyond the plain heal, in order. */
  readonly escalations: readonly string[];
  /** Why it was not proven or not healed. */
  readonly error?: string;
  /** From injection to the first operation that failed or was slow because of it; null: none was. */
  readonly detectedMs?: number | null;
  /** From injection until the cluster had failed over (for a leader: every partition has a live leader). */
  readonly failoverMs?: number | null;
  /** From injection until the steady-state hypothesis held again for its window; null: it never did. */
  readonly rtoMs?: number | null;
  /** Operations that did not end `ok` between injection and recovery. */
  readonly errors?: number;
  readonly lost?: number;
  readonly duplicated?: number;
}

/** A fault of a schedule as its scenario wrote it: of it the fault can be made again (harness/faults/written.ts). */
export interface WrittenFault {
  readonly atMs: number;
  readonly forMs: number;
  readonly fault: Call;
  /** The condition it waits for. */
  readonly after?: Call;
}

/** What made a run other than one of its scenario's file as it is. */
export interface Variation {
  readonly by: "hunt" | "replay" | "shrink";
  /** The folder of the run that it repeats, or makes smaller; absent for a hunt, whose schedule is drawn. */
  readonly of?: string;
  /** The scenario whose topology was struck, where it is not the run's own: its file. */
  readonly topologyOf?: string;
  /** The workload's rate, where it is not the scenario's. */
  readonly rate?: number;
  /** The scenario's thresholds were not judged. */
  readonly correctnessOnly?: boolean;
}

/** A bound on a metric in one phase, and how it turned out. */
export interface ThresholdResult {
  /** `run`: a threshold of k6's script, which k6 itself judged over all that it did. */
  readonly phase: Phase | "run";
  readonly metric: string;
  /** As written: `p(95)<300`. */
  readonly bound: string;
  /** The measured value in the bound's unit; absent when the metric had no sample in the phase. */
  readonly actual?: number;
  /** Of a bound that has to hold within every window: the worst one. */
  readonly worst?: WorstWindow;
  readonly verdict: Verdict;
}

/** The window in which a metric was worst. */
export interface WorstWindow {
  readonly from: number;
  readonly to: number;
  /** Of requests: the route that was worst in it. */
  readonly route?: string;
}

/** A step of the run for the log and the note: `start nodes`, 8123 ms. */
export interface StepTiming {
  readonly name: string;
  readonly ms: number;
}

/** One sample of `samples.ndjson`, a line each. */
export interface Sample {
  readonly time: number;
  /**
   * per node `rss_bytes`, `cpu_percent` (of one core), `open_files` (sockets, too), `sockets`, `threads`, `connections` (established, by
   * its address), `disk_bytes`, and `process_started` (seconds since boot: another value is another process);
   * per instance of the service, by its own metrics, `heap_bytes`, `heap_after_gc_bytes` (with diagnostics), `external_bytes`, `event_loop_lag_seconds`,
   * `active_resources` (what keeps its event loop alive) with label type, `database_pool` with label state, and `stage_seconds` (one
   * handling, on average since the last sample) with labels stage and outcome;
   * `partition_leader`, `partition_isr_size` with labels topic and partition (leader: value = broker number, -1 = none);
   * `consumer_lag` with labels group and topic;
   * `group_members` and `group_unassigned` (partitions that no member has) with label group, `member_partitions` (how many it has) with
   * labels group and member, its node being its client id;
   * `k6.<metric>` for each second of a metric of k6, with labels {@link K6SampleLabels};
   * `k6_threshold`, once for each threshold of the script itself: labels metric and bound, value 1 = k6 held it (with label
   * samples=none: because there was none);
   * where the topology has a Prometheus, `alert_state` with label alert (0 inactive, 1 pending, 2 firing, as Prometheus has it), and
   * `fault_active` with labels id, kind and target: 1 at the time of its injection, 0 when it was healed.
   */
  readonly metric: string;
  readonly node?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of k6: a counter's sum in the second, the mean of a trend, the share of a rate, the last value of a gauge. */
  readonly value: number;
  /** What a trend or a rate of k6 is made of; a rate has no buckets. */
  readonly distribution?: Distribution;
}

/** What a sample of k6 is of. */
export interface K6SampleLabels {
  readonly type: "trend" | "rate" | "counter" | "gauge";
  readonly phase: Phase;
  /** The route of a request: k6's tag `name`. */
  readonly name?: string;
}

/** How a topology that an earlier run had was got ready for this one. */
export interface TopologyReuse {
  /** The run that had it before. */
  readonly after: string;
  readonly resetMs: number;
  /** What proves that it was as when it had just started, one sentence each. */
  readonly proof: readonly string[];
}

/** `run.json`: everything about a run but its history, samples and logs, which lie beside it. */
export interface RunRecord {
  readonly formatVersion: 1;
  readonly id: string;
  readonly scenario: { readonly file: string; readonly title: string };
  readonly seed: number;
  /** Wall clock, ISO 8601, at time 0 of the axis. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly verdict: Verdict;
  /** Why, most important first. */
  readonly reasons: readonly string[];
  /** The command that runs it again. */
  readonly replay: string;
  readonly phases: readonly PhaseSpan[];
  readonly steadyState: { readonly description: string; readonly windowMs: number };
  readonly faults: readonly FaultRecord[];
  /** The whole schedule; absent: a part of it cannot be written down, and comes from the scenario's file alone. */
  readonly schedule?: readonly WrittenFault[];
  /** Absent: the scenario was run as its file has it. */
  readonly variation?: Variation;
  /** Why the schedule's faults were not injected; absent: they were. */
  readonly whyNotInjected?: string;
  /** What ended the run early, or broke its tear-down; the verdict is then this one's, not the checkers'. */
  readonly endedBy?: string;
  readonly checks: readonly CheckResult[];
  readonly thresholds: readonly ThresholdResult[];
  readonly topology: {
    readonly name: string;
    readonly nodes: readonly {
      readonly name: string;
      readonly kind: string;
      readonly address: string;
      /** How it ended though nobody asked it to; absent: it did not. */
      readonly unexpectedExit?: string;
    }[];
    readonly links: number;
    /** Absent: it was started for this run. */
    readonly reused?: TopologyReuse;
  };
  /** How links were silenced: by proxies that hold bytes, or by dropping packets in a network namespace. */
  readonly network: NetworkKind;
  readonly machine: Readonly<Record<string, string>>;
  /** Component name to version. */
  readonly versions: Readonly<Record<string, string>>;
  readonly steps: readonly StepTiming[];
  /** What the machine could not do, said aloud. */
  readonly unsupported: readonly string[];
}
