import { rollingRestart } from "../../harness/faults/restart.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { everyClient } from "./every-client.ts";

export default everyClient(
  "a restart of all brokers, one after another,",
  "An upgrade, the most usual of days: leaders and coordinators are handed over three times, in order, and nothing ever fails for long.",
  [at("4s", rollingRestart(all("kafka"))).for("1s")],
);
