import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";
import { noLeaks } from "./leaks.ts";

export default scenario({
  title: "under a steady load nothing of the service grows and goes on growing",
  about:
    "Ten minutes of the same load. Heap after collection, resident memory, files, sockets, threads, timers, connections of every server, pool, consumer lag and the time a stage takes may rise while the service warms up, and then no more. Each result says what growth so short a run could not have shown.",
  suite: "nightly",
  topology: quickStt({ diagnostics: true }),
  workload: transcriptions({ rate: 4 }),
  steadyState: well,
  faults: [],
  steadyFor: "10m",
  checks: [...lossless, noLeaks("2m")],
  thresholds: { steady: calm },
});
