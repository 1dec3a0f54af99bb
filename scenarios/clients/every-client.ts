import { answering } from "../../harness/checkers/answering.ts";
import { consumed } from "../../harness/checkers/consumed.ts";
import { log } from "../../harness/checkers/log.ts";
import type { FaultPlan } from "../../harness/faults/schedule.ts";
import { scenario, type Variants, variants } from "../../harness/run/scenario.ts";
import { cluster } from "../../harness/topology/cluster.ts";
import type { LogClientName } from "../../harness/workload/kafka/log-clients.ts";
import { kafkaLog } from "../../harness/workload/kafka-log.ts";
import type { Workload } from "../../harness/workload/workload.ts";

const [rate, batch] = [60, 6];

/**
 * A library without settings, as most applications send: at once what is at hand, for all partitions. Answers and repetitions are the
 * library's own affair: a send is waited for as long as there is load, and all that members are given counts.
 */
const byDefaults = (client: LogClientName): Workload =>
  kafkaLog({ rate, batch, spread: true, client, answerWithin: "2m", onlyForward: false });

/** What every client is asked to live through; the last one is how Faultline's own loads use Kafka, to compare with. */
const loads = {
  "kafkajs-defaults": byDefaults("kafkajs-defaults"),
  "platformatic-defaults": byDefaults("platformatic-defaults"),
  "confluent-defaults": byDefaults("confluent-defaults"),
  platformatic: kafkaLog({ rate, batch, onlyForward: false }),
};

/** @param what happens to the brokers, as the subject of a sentence; @param about what it does to a client. */
export function everyClient(what: string, about: string, faults: readonly FaultPlan[]): Variants {
  const scenarios = Object.entries(loads).map(([client, workload]) => [
    client,
    scenario({
      title: `${what} loses no acknowledged record of ${client}, and leaves it working`,
      about,
      topology: cluster({ kafka: 3 }),
      workload,
      steadyState: answering({ f: ["send", "poll"] }),
      faults,
      checks: [log(), consumed()],
    }),
  ]);
  return variants(Object.fromEntries(scenarios));
}
