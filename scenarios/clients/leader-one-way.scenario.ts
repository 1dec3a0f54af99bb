import { partition } from "../../harness/faults/partition.ts";
import { oneWay } from "../../harness/faults/partition-shapes.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf, others } from "../../harness/faults/targets.ts";
import { everyClient } from "./every-client.ts";

const leader = leaderOf("log");

export default everyClient(
  "a partition leader that reaches no other broker, but is reached by all,",
  "Followers still fetch from it, and its own calls hang: another leader is elected while it is written to.",
  [at("4s", partition(oneWay(leader, others("kafka", leader)))).for("7s")],
);
