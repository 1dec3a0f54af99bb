import { pause } from "../../harness/faults/pause.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { everyClient } from "./every-client.ts";

export default everyClient(
  "a partition leader that sleeps, and wakes up again,",
  "Connections to it stand, and nothing is answered: only the client's own timeouts tell it to look for another leader.",
  [at("4s", pause(leaderOf("log"))).for("7s")],
);
