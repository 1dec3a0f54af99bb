import { type LeakOptions, leakChecker, watchLeak } from "./leak.ts";
import { resultOf } from "./result.ts";
import type { SampleChecker } from "./sample-checker.ts";

/** One metric of several that may not grow. */
export type LeakOf = LeakOptions & { readonly metric: string };

/**
 * `leak` of several metrics, as one check: what is found in any of them is found. Each is judged by its share of the doubt, so that
 * the confidence is that of all together.
 */
export function leaks(each: readonly LeakOf[], confidence = 0.99): SampleChecker {
  const share = 1 - (1 - confidence) / each.length;
  return leakChecker(() => {
    const watches = each.map((one) => {
      return { metric: one.metric, watch: watchLeak({ confidence: share, ...one }) };
    });
    return {
      add(sample) {
        for (const { watch } of watches) watch.add(sample);
      },
      soFar() {
        const found = watches.map(({ metric, watch }) => ({ metric, findings: watch.findings() }));
        return resultOf("leak", {
          anomalies: found.flatMap(({ findings }) => findings.anomalies),
          gaps: found.flatMap(({ findings }) => findings.gaps),
          passedReason: [
            `none of ${each.length} metrics grows beyond its bound: ${each.map(({ metric }) => metric).join(", ")}`,
            ...found.flatMap(({ metric, findings }) => findings.notes.map((note) => `${metric}: ${note}`)),
          ].join("; "),
          counts: Object.fromEntries(
            found.flatMap(({ metric, findings }) =>
              Object.entries(findings.counts).map(([name, count]) => [`${metric} of ${name}`, count]),
            ),
          ),
        });
      },
    };
  });
}
