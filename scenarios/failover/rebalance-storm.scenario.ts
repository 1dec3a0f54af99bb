import { kill } from "../../harness/faults/kill.ts";
import { every } from "../../harness/faults/schedule.ts";
import { stop } from "../../harness/faults/stop.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { atLeastOnce, consumedLog, consumers, flowing } from "./common.ts";

export default scenario({
  title: "members that come and go every few seconds make a group late, and nothing else",
  about:
    "One consumer is stopped and started every four seconds, another is killed and started: hardly has the group shared out its partitions, when it has to again, and dead members are held for alive meanwhile. Nothing may be left out, and when it is over all three have their share again.",
  suite: "nightly",
  topology: consumers,
  workload: consumedLog,
  steadyState: flowing,
  faults: [
    every("4s", stop(node("consumer-2")))
      .for("1s")
      .during("4s", "18s"),
    every("5s", kill(node("consumer-3")))
      .for("1s")
      .during("6s", "18s"),
  ],
  checks: atLeastOnce(),
  thresholds: { recovery: { rto: "<40s" } },
});
