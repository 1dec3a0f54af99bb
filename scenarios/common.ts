import { type SteadyState, steadyState } from "../harness/checkers/steady-state.ts";
import type { Thresholds } from "../harness/checkers/thresholds.ts";
import { transcription } from "../harness/checkers/transcription.ts";
import { submittedOnce } from "../harness/checkers/upstream.ts";
import { type SttOptions, stt } from "../harness/topology/stt.ts";
import type { Topology } from "../harness/topology/topology.ts";
import { topicSpecs } from "../system/contract/topics.ts";

/**
 * The service as most scenarios want it: three brokers, Redis with replicas and sentinels, two instances. It asks the
 * upstream twice a second instead of every two seconds, so that a recording's whole way takes three seconds, not six.
 * Scenarios of the same topology share it in a suite, so vary it only where the scenario is about that.
 */
export const quickStt = ({ env = {}, ...options }: SttOptions = {}): Topology =>
  stt({ ...options, env: { STT_RETRY_DELAY_MS: "500", ...env } });

/** What "well" means for {@link quickStt}. */
export const well: SteadyState = steadyState({ encodedWithin: "2s", completedWithin: "4.5s" });

/** Nothing acknowledged is lost, and nothing is submitted twice. */
export const lossless = [transcription(), submittedOnce({ tolerate: 0 })];

/** The service before any fault. */
export const calm: NonNullable<Thresholds["steady"]> = {
  stt_status_duration: "p(95)<300",
  http_req_failed: "rate<0.01",
};

/** The service's topics, with one retry topic a stage. */
export const serviceTopics = topicSpecs({ layout: "single", attempts: 1 });
