import { allOf, answering } from "../../harness/checkers/answering.ts";
import { type ConsumedOptions, consumed } from "../../harness/checkers/consumed.ts";
import { consuming } from "../../harness/checkers/consuming.ts";
import { log } from "../../harness/checkers/log.ts";
import type { SteadyState } from "../../harness/checkers/steady-state.ts";
import { cluster } from "../../harness/topology/cluster.ts";
import type { Topology } from "../../harness/topology/topology.ts";
import { kafkaLog } from "../../harness/workload/kafka-log.ts";
import type { Workload } from "../../harness/workload/workload.ts";

/** Three brokers, and three consumers that are processes of their own: whoever of them is killed, the producers go on. */
export const consumers: Topology = cluster({ kafka: 3, consumers: 3 });

/** Three partitions, one for each consumer; a commit after every poll. */
export const consumedLog: Workload = kafkaLog({ rate: 30, consumers: "nodes" });

/** The consumer group of that log. */
export const logGroup = "log-group";

/** Sends are answered, the records of every partition are polled soon, and every consumer has its share. */
export const flowing: SteadyState = allOf(
  answering({ f: ["send"] }),
  consuming({ within: "2s", consumers: 3 }),
);

/** The log keeps its promises, and the group leaves nothing out. Records may be delivered again: at least once is what is promised. */
export const atLeastOnce = (options?: ConsumedOptions) => [log(), consumed(options)];
