import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { everyClient } from "./every-client.ts";

export default everyClient(
  "a partition leader that is killed, and started again,",
  "Connections to it are refused at once, and its partitions have another leader within seconds: the client has to look for that one.",
  [at("4s", kill(leaderOf("log"))).for("7s")],
);
