import { steadyState } from "../../harness/checkers/steady-state.ts";
import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { isolate } from "../../harness/faults/isolate.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { type Scenario, scenario } from "../../harness/run/scenario.ts";
import { stt } from "../../harness/topology/stt.ts";
import type { Duration } from "../../harness/util/duration.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { stageTopics } from "../../system/contract/topics.ts";

/** What may be varied; the short form of the tests does. */
export interface LeaderIsolatedOptions {
  readonly rate?: number;
  readonly steady?: Duration;
  readonly cutFor?: Duration;
}

/**
 * The leader does not notice that it is one no longer, and its clients still reach it: what it accepts alone is lost when it
 * comes back. Only acks=all keeps it from accepting.
 */
export function leaderIsolated({
  rate = 4,
  steady = "10s",
  cutFor = "10s",
}: LeaderIsolatedOptions = {}): Scenario {
  return scenario({
    title:
      "a leader cut off from the other brokers, with its clients on its side, loses no accepted transcription",
    topology: stt({ kafka: 3, redis: "sentinel", instances: 2 }),
    workload: transcriptions({ rate }),
    steadyState: steadyState({ encodedWithin: "2s", completedWithin: "6.5s" }),
    faults: [at(steady, isolate(leaderOf(stageTopics.processing), { clients: true })).for(cutFor)],
    checks: [transcription(), submittedOnce({ tolerate: 0 })],
    thresholds: {
      steady: { stt_status_duration: "p(95)<300", http_req_failed: "rate<0.01" },
      fault: { http_req_failed: "rate<0.05" },
      recovery: { rto: "<20s" },
    },
  });
}

export default leaderIsolated();
