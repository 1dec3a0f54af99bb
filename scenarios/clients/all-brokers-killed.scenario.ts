import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { everyClient } from "./every-client.ts";

export default everyClient(
  "the death of all brokers at once, who then come back,",
  "Nobody is there to be asked: the client has to go on trying for longer than its usual few retries, and to begin anew.",
  [at("4s", kill(all("kafka"))).for("6s")],
);
