import { leak } from "../../harness/checkers/leak.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import { calm, lossless, quickStt, well } from "../common.ts";

export default scenario({
  title: "under a steady load an instance keeps no file or connection open that it has no use for",
  about:
    "Pools fill in the first seconds and then stay as they are. A leak of one connection in every three conversions would show within half a minute; slower ones are for the soak tests.",
  suite: "nightly",
  topology: quickStt(),
  workload: transcriptions({ rate: 2 }),
  steadyState: well,
  faults: [],
  steadyFor: "30s",
  checks: [
    ...lossless,
    leak({ metric: "open_files", nodes: ["stt-1", "stt-2"], warmUp: "5s", perHour: 1000 }),
  ],
  thresholds: { steady: calm },
});
