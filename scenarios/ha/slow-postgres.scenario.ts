import { transcription } from "../../harness/checkers/transcription.ts";
import { submittedOnce } from "../../harness/checkers/upstream.ts";
import { postgresSlow } from "../../harness/faults/postgres-faults.ts";
import { at } from "../../harness/faults/schedule.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, quickStt, well } from "../common.ts";

/** Silence of six seconds is enough, and more than a slow request takes; by default it is thirty. */
export const someSilence = { env: { STT_HEARTBEAT_TTL_MS: "6000" } };

export default scenario({
  title: "however long PostgreSQL takes to commit, nobody is shown a status before",
  about:
    "Three in four users fall silent, so that many recordings are ended in one transaction, which takes seconds on a slow way to PostgreSQL. Until it commits they are RECORDING: a status that a user has seen may not go back. Everything may be slow; nothing may be lost.",
  suite: "nightly",
  topology: quickStt(someSilence),
  workload: transcriptions({ rate: 4, silent: 0.75 }),
  steadyState: well,
  faults: [at("5s", postgresSlow({ latency: "200ms" })).for("11s")],
  // A submission whose id found no connection in time is made again, under the same idempotency key.
  checks: [transcription(), submittedOnce({ tolerate: 2 })],
  thresholds: { steady: calm, recovery: { rto: "<40s" } },
});
