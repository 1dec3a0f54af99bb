import { steadyState } from "../../harness/checkers/steady-state.ts";
import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { type Scenario, scenario } from "../../harness/run/scenario.ts";
import { type SttOptions, stt } from "../../harness/topology/stt.ts";
import type { Duration } from "../../harness/util/duration.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { stageTopics } from "../../system/contract/topics.ts";

/** What may be varied; the short form of the tests and the mutants of the service do. */
export interface LeaderCrashOptions {
  readonly service?: Pick<SttOptions, "entry" | "env">;
  readonly rate?: number;
  readonly steady?: Duration;
  readonly down?: Duration;
}

export function leaderCrash({
  service = {},
  rate = 4,
  steady = "10s",
  down = "8s",
}: LeaderCrashOptions = {}): Scenario {
  return scenario({
    title: "killing a partition leader loses no accepted transcription",
    topology: stt({ kafka: 3, redis: "sentinel", instances: 2, ...service }),
    workload: transcriptions({ rate }),
    steadyState: steadyState({ encodedWithin: "2s", completedWithin: "6.5s" }),
    faults: [at(steady, kill(leaderOf(stageTopics.processing))).for(down)],
    checks: [transcription(), submittedOnce({ tolerate: 0 })],
    thresholds: {
      steady: { stt_status_duration: "p(95)<300", http_req_failed: "rate<0.01" },
      fault: { http_req_failed: "rate<0.05" },
      recovery: { rto: "<15s" },
    },
  });
}

export default leaderCrash();
