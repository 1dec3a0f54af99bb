import type { FaultRecord } from "../report/record.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { type Made, madeBy } from "../util/call.ts";

/** What a condition looks at. */
export interface ConditionContext {
  readonly topology: RunningTopology;
  /** The run's faults so far, in the order of the schedule; one that has not struck yet is undefined. */
  readonly faults: readonly (FaultRecord | undefined)[];
}

/** Something that comes true in a run, for a fault to strike then. */
export interface Condition extends Made {
  /** For people: `fault 1 is proven`. */
  readonly description: string;
  holds(context: ConditionContext): Promise<boolean>;
}

/** The effect of a fault has been proven. @param number its place in the schedule, from 1. */
export const proven = (number: number): Condition => ({
  ...madeBy("proven", number),
  description: `fault ${number} is proven`,
  holds: async ({ faults }) => faults[number - 1]?.provenAt !== undefined,
});

/** The heal of a fault has been proven. @param number its place in the schedule, from 1. */
export const healed = (number: number): Condition => ({
  ...madeBy("healed", number),
  description: `fault ${number} is proven healed`,
  holds: async ({ faults }) => faults[number - 1]?.healProvenAt !== undefined,
});

/** Some partition of a topic has fewer in-sync replicas than replicas: the next loss may be one too many. */
export const isrShrunk = (topic: string): Condition => ({
  ...madeBy("isrShrunk", topic),
  description: `the in-sync set of ${topic} shrinks`,
  holds: async ({ topology }) =>
    (await topology.kafka.partitions()).some(
      (partition) => partition.topic === topic && partition.isr.length < partition.replicas.length,
    ),
});
