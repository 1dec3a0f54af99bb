import { isOfK6 } from "../checkers/k6-thresholds.ts";
import type { Verdict } from "../checkers/verdict.ts";
import type { RunRecord } from "../report/record.ts";
import type { RunResult } from "../run/runner.ts";
import { exitCodes } from "../util/errors.ts";

const codes: Readonly<Record<Verdict, number>> = {
  errored: exitCodes.environment,
  failed: exitCodes.failed,
  inconclusive: exitCodes.inconclusive,
  passed: exitCodes.passed,
};

/**
 * Whether a run failed by nothing but thresholds on what k6 measured: the service is slower or fails more than it may, and is right
 * otherwise.
 */
export function failedByLoadAlone({ verdict, checks, thresholds, faults, topology }: RunRecord): boolean {
  const recovered = faults.every(({ rtoMs }) => typeof rtoMs === "number");
  const crashed = topology.nodes.some(({ unexpectedExit }) => unexpectedExit !== undefined);
  const broken = thresholds.filter((threshold) => threshold.verdict === "failed");
  return (
    verdict === "failed" &&
    recovered &&
    !crashed &&
    checks.every((check) => check.verdict !== "failed") &&
    broken.every(({ metric }) => isOfK6(metric))
  );
}

/** The code of the worst run; a fault that was not healed outranks everything. */
export function exitCodeOf(records: readonly Pick<RunResult["record"], "verdict" | "faults">[]): number {
  const unhealed = records.some(({ faults }) =>
    faults.some(({ injectedAt, healProvenAt }) => injectedAt !== undefined && healProvenAt === undefined),
  );
  if (unhealed) return exitCodes.healFailed;
  const worst = (["errored", "failed", "inconclusive"] as const).find((bad) =>
    records.some(({ verdict }) => verdict === bad),
  );
  return codes[worst ?? "passed"];
}
