import { consumerGroup } from "../../harness/checkers/consumer-group.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { atLeastOnce, consumedLog, consumers, flowing, logGroup } from "./common.ts";

export default scenario({
  title: "three partitions are shared evenly by three consumers",
  about:
    "No fault: each consumer has one partition, as the group's coordinator tells, none has none, and none has two. Nothing may be lost, or left out.",
  topology: consumers,
  workload: consumedLog,
  steadyState: flowing,
  faults: [],
  checks: [...atLeastOnce(), consumerGroup({ group: logGroup, sizes: [3] })],
});
