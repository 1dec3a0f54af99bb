import type { AnyChecker, SampleChecker } from "./sample-checker.ts";
import { judgesSamples } from "./sample-checker.ts";
import type { Checker, CheckResult } from "./verdict.ts";

/** What must be found, and what may come with it. Names of anomalies. */
export interface ExpectedAnomalies {
  readonly all: readonly string[];
  readonly also?: readonly string[];
}

/**
 * Turns a checker round, for scenarios that show what an unsafe setting costs: passed when it finds anomalies of all these types
 * and of no other; failed when it does not, for then the scenario shows nothing, or something that nobody
 * expected. What the checker cannot decide stays open. The anomalies stay in the result, with their witnesses.
 */
export function expectAnomalies<C extends AnyChecker>(checker: C, expected: ExpectedAnomalies): C;
export function expectAnomalies(checker: AnyChecker, expected: ExpectedAnomalies): AnyChecker {
  const name = `${checker.name}, expected to find ${expected.all.join(", ")}`;
  const turned = (result: CheckResult) => ({ ...turnedRound(result, expected), name });
  if (judgesSamples(checker)) {
    return {
      name,
      checkSamples: (samples, phases) => turned(checker.checkSamples(samples, phases)),
    } satisfies SampleChecker;
  }
  return { name, check: (events, budget) => turned(checker.check(events, budget)) } satisfies Checker;
}

function turnedRound(result: CheckResult, { all, also = [] }: ExpectedAnomalies): CheckResult {
  if (result.verdict === "inconclusive" || result.verdict === "errored") return result;
  const found = [...new Set(result.anomalies.map(({ type }) => type))];
  const missing = all.filter((type) => !found.includes(type));
  const others = found.filter((type) => !all.includes(type) && !also.includes(type));
  if (missing.length === 0 && others.length === 0)
    return { ...result, verdict: "passed", reason: `as expected: ${result.reason}` };
  const told = [
    ...(missing.length > 0 ? [`${missing.join(", ")} expected, and not found`] : []),
    ...(others.length > 0 ? [`${others.join(", ")} not expected`] : []),
  ].join("; ");
  return { ...result, verdict: "failed", reason: `${told}: ${result.reason}` };
}
