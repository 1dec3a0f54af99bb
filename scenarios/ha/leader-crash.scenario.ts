import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import { type Scenario, scenario } from "../../harness/run/scenario.ts";
import type { SttOptions } from "../../harness/topology/stt.ts";
import type { Duration } from "../../harness/util/duration.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { stageTopics } from "../../system/contract/topics.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

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
  steady = "5s",
  down = "8s",
}: LeaderCrashOptions = {}): Scenario {
  return scenario({
    title: "killing a partition leader loses no accepted transcription",
    about:
      "A write counts when all in-sync brokers have it, so the next leader knows all that was acknowledged. The pipeline may pause for the election; requests do not need Kafka and go on.",
    topology: quickStt(service),
    workload: transcriptions({ rate }),
    steadyState: well,
    faults: [at(steady, kill(leaderOf(stageTopics.processing))).for(down)],
    checks: lossless,
    thresholds: { steady: calm, fault: { http_req_failed: "rate<0.05" }, recovery: { rto: "<15s" } },
  });
}

export default leaderCrash();
