import { checkHistory } from "../checkers/check.ts";
import { recovery } from "../checkers/recovery.ts";
import { checkThresholds } from "../checkers/thresholds.ts";
import type { CheckResult } from "../checkers/verdict.ts";
import type { HistoryEvent } from "../history/event.ts";
import type { FaultRecord, PhaseSpan, RunRecord, Sample } from "../report/record.ts";
import { failoverTime } from "./failover.ts";
import { type Evidence, judge } from "./judge.ts";
import type { Scenario } from "./scenario.ts";

/** What a run has recorded, to be judged. */
export interface Recorded extends Pick<Evidence, "whyNotInjected" | "nodes"> {
  readonly scenario: Scenario;
  readonly events: readonly HistoryEvent[];
  readonly samples: readonly Sample[];
  readonly phases: readonly PhaseSpan[];
  readonly faults: readonly FaultRecord[];
}

export type Evaluation = Pick<RunRecord, "verdict" | "reasons" | "checks" | "thresholds" | "faults">;

/** Runs checkers and thresholds over what was recorded, completes the faults' rows, and merges it all to a verdict. */
export function evaluate({
  scenario,
  events,
  samples,
  phases,
  faults,
  whyNotInjected,
  nodes,
}: Recorded): Evaluation {
  const { results: checks } = checkHistory(events, scenario.checks, samples, phases);
  const timed = faults.map((fault) => withTimes(fault, scenario, events, samples));
  const charged = chargeLosses(timed, checks);
  const rtoMs = charged.map((fault) => fault.rtoMs ?? null);
  const thresholds = scenario.correctnessOnly
    ? []
    : checkThresholds(events, scenario.thresholds, { samples, rtoMs });
  return {
    ...judge({ checks, thresholds, faults: charged, whyNotInjected, nodes }),
    checks,
    thresholds,
    faults: charged,
  };
}

function withTimes(
  fault: FaultRecord,
  { steadyState }: Scenario,
  events: readonly HistoryEvent[],
  samples: readonly Sample[],
): FaultRecord {
  if (fault.injectedAt === undefined) return fault;
  const { detectMs, rtoMs, errors } = recovery(events, fault.injectedAt, steadyState);
  const failoverMs = failoverTime(fault, samples);
  return {
    ...fault,
    detectedMs: detectMs,
    rtoMs,
    errors,
    ...(failoverMs === undefined ? {} : { failoverMs }),
  };
}

/** What was lost or duplicated is the doing of the only fault; of several, the history does not tell which. */
function chargeLosses(faults: readonly FaultRecord[], checks: readonly CheckResult[]): FaultRecord[] {
  const [only, ...others] = faults;
  if (!only || others.length > 0) return [...faults];
  const count = (name: string) =>
    checks.map(({ counts }) => counts[name]).find((value) => value !== undefined);
  const lost = count("lost");
  const duplicated = count("duplicates");
  return [
    { ...only, ...(lost === undefined ? {} : { lost }), ...(duplicated === undefined ? {} : { duplicated }) },
  ];
}
