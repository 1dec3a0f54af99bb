import type { CheckResult, Verdict } from "../checkers/verdict.ts";
import { mergeVerdicts } from "../checkers/verdict.ts";
import { formatWorst } from "../report/format.ts";
import type { FaultRecord, ThresholdResult } from "../report/record.ts";
import type { Node } from "../runtime/node.ts";
import { formatDuration } from "../util/duration.ts";

/** What the verdict of a run is made of. */
export interface Evidence {
  readonly checks: readonly CheckResult[];
  readonly thresholds: readonly ThresholdResult[];
  readonly faults: readonly FaultRecord[];
  /** Why the schedule's faults were not injected; undefined when they were. */
  readonly whyNotInjected: string | undefined;
  readonly nodes: readonly Pick<Node, "name" | "kind" | "unexpectedExit">[];
}

interface Finding {
  readonly verdict: Verdict;
  readonly reason: string;
}

/**
 * The verdict of a run with its reasons, the worst first. A passed one says what it rests on. Whatever is not proven
 * (a fault without its effect, a fault that never came) makes the run inconclusive, never passed.
 */
export function judge(evidence: Evidence): { verdict: Verdict; reasons: string[] } {
  const findings = [
    ...exitFindings(evidence.nodes),
    ...evidence.checks.map(({ name, verdict, reason }) => ({ verdict, reason: `${name}: ${reason}` })),
    ...evidence.thresholds.map(thresholdFinding),
    ...faultFindings(evidence),
  ];
  if (findings.length === 0) {
    const reason = "nothing was judged: there is no check, no threshold and no fault; give it a bound";
    return { verdict: "inconclusive", reasons: [reason] };
  }
  const verdict = mergeVerdicts(findings.map((finding) => finding.verdict));
  const worse: readonly Verdict[] = ["errored", "failed", "inconclusive"];
  const notPassed = worse.flatMap((bad) => findings.filter((finding) => finding.verdict === bad));
  const shown = notPassed.length > 0 ? notPassed : findings;
  return { verdict, reasons: shown.map(({ reason }) => reason) };
}

/** The service under test must not crash; if something else did, the run says nothing about the service. */
function exitFindings(nodes: Evidence["nodes"]): Finding[] {
  return nodes
    .filter(({ unexpectedExit }) => unexpectedExit !== undefined)
    .map(({ name, kind, unexpectedExit }) => ({
      verdict: kind === "stt" ? "failed" : "errored",
      reason: `${name} ended though nobody asked it to: it ${unexpectedExit}`,
    }));
}

function thresholdFinding({ phase, metric, bound, actual, worst, verdict }: ThresholdResult): Finding {
  const measured =
    actual === undefined ? "it was not measured" : `measured ${Math.round(actual * 1000) / 1000}`;
  const where = worst === undefined ? "" : ` (${formatWorst(worst)})`;
  const when = phase === "run" ? "over the whole run" : `in phase ${phase}`;
  return { verdict, reason: `threshold ${metric} ${bound} ${when}: ${measured}${where}` };
}

function faultFindings({ faults, whyNotInjected }: Evidence): Finding[] {
  const missing: Finding[] =
    whyNotInjected === undefined
      ? []
      : [{ verdict: "inconclusive", reason: `no fault was injected: ${whyNotInjected}` }];
  return [...faults.map(faultFinding), ...missing];
}

function faultFinding(record: FaultRecord): Finding {
  const name = `${record.fault} ${record.target}${record.nodes.length > 0 ? ` (${record.nodes.join(", ")})` : ""}`;
  if (record.injectedAt === undefined) {
    return { verdict: "inconclusive", reason: `${name} did not strike: ${record.error ?? "it was not due"}` };
  }
  if (record.provenAt === undefined) {
    return {
      verdict: "inconclusive",
      reason: `${name} was not proven to take effect: ${record.error ?? "no proof"}`,
    };
  }
  if (record.healProvenAt === undefined) {
    return { verdict: "errored", reason: `${name} was not proven healed: ${record.error ?? "no proof"}` };
  }
  if (record.rtoMs === null || record.rtoMs === undefined) {
    return { verdict: "failed", reason: `${name}: the service did not recover while it was watched` };
  }
  return {
    verdict: "passed",
    reason: `${name}: recovered ${formatDuration(record.rtoMs)} after the injection`,
  };
}
