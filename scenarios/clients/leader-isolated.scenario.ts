import { isolate } from "../../harness/faults/isolate.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { everyClient } from "./every-client.ts";

export default everyClient(
  "a partition leader that the other brokers do not hear, while its clients do,",
  "It goes on as a leader for as long as it believes to be one. What it acknowledges alone is gone when it comes back; a client that waits for all in-sync replicas gets no answer from it.",
  [at("4s", isolate(leaderOf("log"), { clients: true })).for("8s")],
);
