import { isolate } from "../../harness/faults/isolate.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { type Scenario, scenario } from "../../harness/run/scenario.ts";
import type { Duration } from "../../harness/util/duration.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { stageTopics } from "../../system/contract/topics.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

/** What may be varied; the short form of the tests does. */
export interface LeaderIsolatedOptions {
  readonly rate?: number;
  readonly steady?: Duration;
  readonly cutFor?: Duration;
}

export function leaderIsolated({
  rate = 4,
  steady = "4s",
  cutFor = "8s",
}: LeaderIsolatedOptions = {}): Scenario {
  return scenario({
    title:
      "a leader cut off from the other brokers, with its clients on its side, loses no accepted transcription",
    about:
      "The leader does not notice that it is one no longer, and its clients still reach it: what it accepted alone would be lost when it comes back. Only acks=all keeps it from accepting. Nothing may be lost or done twice; work waits until its clients learn of the new leader.",
    topology: quickStt(),
    workload: transcriptions({ rate }),
    steadyState: well,
    faults: [at(steady, isolate(leaderOf(stageTopics.processing), { clients: true })).for(cutFor)],
    checks: lossless,
    thresholds: { steady: calm, fault: { http_req_failed: "rate<0.05" }, recovery: { rto: "<20s" } },
  });
}

export default leaderIsolated();
