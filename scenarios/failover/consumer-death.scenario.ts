import { consumerGroup } from "../../harness/checkers/consumer-group.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node, others } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { atLeastOnce, consumedLog, consumers, flowing, logGroup } from "./common.ts";

export default scenario({
  title: "when consumers die, the one that is left takes over all partitions and leaves nothing out",
  about:
    "Two of three are killed. Their sessions end after 6 s, and so long their partitions stand still; then the third has them all. Nobody waits for those who died, who are away for 14 s. Nothing may be left out; what they had polled and not committed is delivered again.",
  topology: consumers,
  workload: consumedLog,
  steadyState: flowing,
  faults: [at("4s", kill(others("consumer", node("consumer-1")))).for("14s")],
  checks: [...atLeastOnce({ within: "10s" }), consumerGroup({ group: logGroup, sizes: [3, 1, 3] })],
  thresholds: { recovery: { rto: "<30s" } },
});
