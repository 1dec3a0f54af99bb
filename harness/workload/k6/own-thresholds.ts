import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ownThresholdMetric } from "../../checkers/k6-thresholds.ts";
import type { Sample } from "../../report/record.ts";

/**
 * What k6's `--summary-export` has of each metric, as far as it is looked at. Of a threshold it says whether it was *crossed*
 * (https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/).
 */
const summarySchema = z.object({
  metrics: z.record(z.string(), z.looseObject({ thresholds: z.record(z.string(), z.boolean()).optional() })),
});

/**
 * How k6 judged the thresholds of its script, as samples of the run. In k6 a threshold holds whose metric has no sample; that it has none
 * is told where k6 tells it: of rates, and of trends whose `count` is among the script's `summaryTrendStats`.
 * @param path of `--summary-export`.
 * @param time on the run's axis, when k6 ended.
 * @throws Error when there is no such summary.
 */
export async function readOwnThresholds(path: string, time: number): Promise<Sample[]> {
  const { metrics } = summarySchema.parse(JSON.parse(await readFile(path, "utf8")));
  return Object.entries(metrics).flatMap(([metric, { thresholds = {}, ...values }]) =>
    Object.entries(thresholds).map(([bound, crossed]) => {
      const actual = valueFor(bound, values);
      const measured = actual === undefined ? {} : { actual: String(actual) };
      return {
        time,
        metric: ownThresholdMetric,
        labels: { metric, bound, ...(!crossed && hasNoSample(values) ? { samples: "none" } : measured) },
        value: crossed ? 0 : 1,
      };
    }),
  );
}

/** The value that a bound is about; the export calls the rate of a rate `value`. */
function valueFor(bound: string, values: Readonly<Record<string, unknown>>): number | undefined {
  const [aggregation = ""] = /^[a-z]+(\([\d.]+\))?/.exec(bound) ?? [];
  const value = values[aggregation === "rate" && !("count" in values) ? "value" : aggregation];
  return typeof value === "number" ? value : undefined;
}

/** Of a counter none is a value, too. */
function hasNoSample({ passes, fails, count, rate }: Readonly<Record<string, unknown>>): boolean {
  return (passes === 0 && fails === 0) || (count === 0 && rate === undefined);
}
