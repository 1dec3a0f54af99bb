import { answering } from "../../checkers/answering.ts";
import { log } from "../../checkers/log.ts";
import { isolate } from "../../faults/isolate.ts";
import { latency } from "../../faults/latency.ts";
import { linksTo } from "../../faults/link-targets.ts";
import { at } from "../../faults/schedule.ts";
import { leaderOf, node } from "../../faults/targets.ts";
import { scenario } from "../../run/scenario.ts";
import { cluster } from "../../topology/cluster.ts";
import { kafkaLog } from "../../workload/kafka-log.ts";

/** Fails: what a leader accepts alone is lost. The other fault has nothing to do with it. */
export default scenario({
  title: "an isolated leader loses nothing that it alone has accepted",
  topology: cluster({ kafka: 3 }),
  workload: kafkaLog({ rate: 50, acks: "1", idempotent: false }),
  steadyState: answering({ f: ["send", "poll"] }),
  faults: [
    at("2s", isolate(leaderOf("log"), { clients: true })).for("5s"),
    at("8s", latency(linksTo(node("kafka-1")), { latency: "20ms" })).for("1s"),
  ],
  checks: [log()],
});
