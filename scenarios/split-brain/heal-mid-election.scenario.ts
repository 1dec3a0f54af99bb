import { isolate } from "../../harness/faults/isolate.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { stageTopics } from "../../system/contract/topics.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

const cutOff = isolate(leaderOf(stageTopics.processing), { clients: true });

export default scenario({
  title: "a leader that is heard again in the middle of the election of its successor loses nothing",
  about:
    "A broker is given up after 2 s of silence. Cuts of 1.6, 2.0 and 2.4 s end just before, while and just after another leader is elected, so that the old one comes back to a cluster of two minds, with writes under way. Nothing may be lost or done twice; work is late by an election or two.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [at("4s", cutOff).for("1600ms"), at("9s", cutOff).for("2s"), at("14s", cutOff).for("2400ms")],
  checks: lossless,
  thresholds: { steady: calm, fault: { http_req_failed: "rate<0.05" }, recovery: { rto: "<30s" } },
});
