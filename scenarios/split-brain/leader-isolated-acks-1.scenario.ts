import { answering } from "../../harness/checkers/answering.ts";
import { expectAnomalies } from "../../harness/checkers/expect-anomalies.ts";
import { log } from "../../harness/checkers/log.ts";
import { isolate } from "../../harness/faults/isolate.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { cluster } from "../../harness/topology/cluster.ts";
import { kafkaLog } from "../../harness/workload/kafka-log.ts";

export default scenario({
  title: "with acks=1, a leader cut off from the other brokers loses what it acknowledges",
  about:
    "The warning example: this loss is what acks=1 means. The old leader accepts alone, another is elected, and when the old one follows it, what it had acknowledged is cut off; the same offsets then hold other records. The scenario passes when the checker shows just that.",
  topology: cluster({ kafka: 3 }),
  workload: kafkaLog({ rate: 40, acks: "1" }),
  steadyState: answering({ f: ["send", "poll"] }),
  faults: [at("4s", isolate(leaderOf("log"), { clients: true })).for("8s")],
  checks: [
    expectAnomalies(log(), {
      all: ["lost-write"],
      // The log goes back to where the old leader was cut off, and offsets are given out a second time; what was
      // acknowledged beyond its new end is lost likewise.
      also: ["unseen", "inconsistent-offsets", "nonmonotonic-send"],
    }),
  ],
  thresholds: { recovery: { rto: "<30s" } },
});
