import { type SteadyState, steadyState } from "../../harness/checkers/steady-state.ts";
import type { Thresholds } from "../../harness/checkers/thresholds.ts";
import { type K6Options, k6 } from "../../harness/workload/k6.ts";
import { mixed } from "../../harness/workload/mixed.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import type { Workload } from "../../harness/workload/workload.ts";

/**
 * k6 as the load, and a few users of the harness's own beside it: k6 measures, and they see whether the service is well and
 * whether anything was lost, for k6 keeps no history.
 */
export const load = (options: K6Options): Workload => mixed([transcriptions({ rate: 2 }), k6(options)]);

/** What "well" means under load: slower than in calm, and nothing stands still. */
export const wellUnderLoad: SteadyState = steadyState({
  window: "5s",
  availability: 0.95,
  encodedWithin: "5s",
  completedWithin: "12s",
});

/** The bounds of the load scripts; no ten seconds may be far off, which the whole phase would hide. */
export const wellServed: NonNullable<Thresholds["steady"]> = {
  "k6.stt_start_duration": "p(95)<1000",
  "k6.stt_chunk_duration": "p(95)<500",
  "k6.stt_status_duration": ["p(95)<300", "p(95)<600 within 10s"],
  "k6.http_req_failed": ["rate<0.05", "rate<0.2 within 10s"],
  "k6.stt_failed": "rate<0.05",
};
