import type { PhaseSpan, Sample } from "../report/record.ts";
import { type LeakOptions, leak } from "./leak.ts";
import { resultOf } from "./result.ts";
import type { SampleChecker } from "./sample-checker.ts";
import type { CheckResult } from "./verdict.ts";

/** One metric of several that may not grow. */
export type LeakOf = LeakOptions & { readonly metric: string };

/**
 * {@link leak} of several metrics, as one check: what is found in any of them is found. Each is judged by its share of the doubt, so that
 * the confidence is that of all together.
 */
export function leaks(each: readonly LeakOf[], confidence = 0.99): SampleChecker {
  const share = 1 - (1 - confidence) / each.length;
  const checkers = each.map((one) => ({ metric: one.metric, checker: leak({ confidence: share, ...one }) }));
  const merged = (judge: (checker: SampleChecker) => CheckResult): CheckResult => {
    const results = checkers.map(({ metric, checker }) => ({ metric, result: judge(checker) }));
    return resultOf("leak", {
      anomalies: results.flatMap(({ result }) => result.anomalies),
      gaps: results
        .filter(({ result }) => result.verdict === "inconclusive")
        .map(({ result }) => result.reason),
      passedReason: `none of ${each.length} metrics grows beyond its bound: ${each.map(({ metric }) => metric).join(", ")}`,
      counts: Object.fromEntries(
        results.flatMap(({ metric, result }) =>
          Object.entries(result.counts).map(([name, count]) => [`${metric} of ${name}`, count]),
        ),
      ),
    });
  };
  return {
    name: "leak",
    checkSamples: (samples: readonly Sample[], phases: readonly PhaseSpan[] = []) =>
      merged((checker) => checker.checkSamples(samples, phases)),
    watchSamples() {
      const watches = new Map(checkers.map(({ checker }) => [checker, checker.watchSamples?.()]));
      return {
        add(sample) {
          for (const watch of watches.values()) watch?.add(sample);
        },
        soFar: () => merged((checker) => watches.get(checker)?.soFar() ?? checker.checkSamples([])),
      };
    },
  };
}
