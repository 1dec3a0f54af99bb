import { scenario } from "../../harness/run/scenario.ts";
import { lossless, quickStt } from "../common.ts";
import { load, wellServed, wellUnderLoad } from "./common.ts";

export default scenario({
  title: "one user of k6 records three times, and is served well",
  about:
    "The whole profile. It says that scripts, service and thresholds fit together; of load it says nothing.",
  topology: quickStt(),
  workload: load({ script: "stt-load", profile: "smoke" }),
  steadyState: wellUnderLoad,
  faults: [],
  checks: lossless,
  thresholds: { steady: wellServed },
});
