import type { Verdict } from "../checkers/verdict.ts";
import type { RunResult } from "../run/runner.ts";
import { exitCodes } from "../util/errors.ts";

const codes: Readonly<Record<Verdict, number>> = {
  errored: exitCodes.environment,
  failed: exitCodes.failed,
  inconclusive: exitCodes.inconclusive,
  passed: exitCodes.passed,
};

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
