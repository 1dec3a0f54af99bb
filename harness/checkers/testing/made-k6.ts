import type { Phase } from "../../history/event.ts";
import type { K6SampleLabels, Sample } from "../../report/record.ts";
import { DistributionBuilder } from "../../util/distribution.ts";

/** What k6 measured in one second. */
export interface MadeSecond {
  readonly second: number;
  readonly phase: Phase;
  readonly metric: string;
  readonly type: K6SampleLabels["type"];
  readonly route?: string;
  readonly values: readonly number[];
}

/** A sample as the roll-up of k6's makes it. */
export function madeSecond({ second, phase, metric, type, route, values }: MadeSecond): Sample {
  const builder = new DistributionBuilder();
  for (const value of values) builder.add(value);
  const distribution = builder.build();
  const sum = values.reduce((a, b) => a + b, 0);
  return {
    time: second * 1e9,
    metric: `k6.${metric}`,
    labels: { type, phase, ...(route === undefined ? {} : { name: route }) },
    value: type === "gauge" ? (values.at(-1) ?? 0) : sum,
    ...(distribution === undefined || type === "counter" || type === "gauge" ? {} : { distribution }),
  };
}

/** A phase with a user in each of its seconds: k6 tells of its users by the clock. */
export const usersIn = (phase: Phase, from: number, to: number): Sample[] =>
  Array.from({ length: to - from }, (_, index) =>
    madeSecond({ second: from + index, phase, metric: "vus", type: "gauge", values: [1] }),
  );
