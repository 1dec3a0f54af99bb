import type { FaultRecord, Sample } from "../report/record.ts";
import { brokerNumber } from "../topology/kafka.ts";

/**
 * From injection until every partition had a leader that is not one of the fault's nodes, in milliseconds, by the
 * samples of partition leaders (so no finer than their interval). Undefined for a fault that struck no broker;
 * null when it never came to that before the heal.
 */
export function failoverTime(fault: FaultRecord, samples: readonly Sample[]): number | null | undefined {
  const struck = fault.nodes.flatMap((name) => brokerNumber(name) ?? []);
  const { injectedAt } = fault;
  if (struck.length === 0 || injectedAt === undefined) return undefined;
  const byTime = Map.groupBy(
    samples.filter(({ metric, time }) => metric === "partition_leader" && time >= injectedAt),
    ({ time }) => time,
  );
  for (const [time, leaders] of byTime) {
    if (time > (fault.healedAt ?? Number.POSITIVE_INFINITY)) break;
    if (leaders.every(({ value }) => value > 0 && !struck.includes(value))) return (time - injectedAt) / 1e6;
  }
  return null;
}
