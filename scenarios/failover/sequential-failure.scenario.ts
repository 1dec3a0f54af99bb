import { consumerGroup } from "../../harness/checkers/consumer-group.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { atLeastOnce, consumedLog, consumers, flowing, logGroup } from "./common.ts";

export default scenario({
  title: "consumers that die one after the other hand the work on, and leave nothing out",
  about:
    "The first dies and the two others take over; the second dies and the third has it all; then both come back, and the third dies. Partitions stand still for as long as a session lasts (6 s), and no longer. Nothing may be left out; what was not committed is delivered again.",
  suite: "nightly",
  topology: consumers,
  workload: consumedLog,
  steadyState: flowing,
  faults: [
    at("4s", kill(node("consumer-1"))).for("17s"),
    at("12s", kill(node("consumer-2"))).for("9s"),
    at("22s", kill(node("consumer-3"))).for("8s"),
  ],
  checks: [...atLeastOnce({ within: "10s" }), consumerGroup({ group: logGroup, sizes: [3, 2, 1, 2, 3] })],
  thresholds: { recovery: { rto: "<40s" } },
});
