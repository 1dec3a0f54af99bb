import { scenario } from "../../harness/run/scenario.ts";
import { lossless, quickStt } from "../common.ts";
import { load, wellUnderLoad } from "./common.ts";

export default scenario({
  title: "two recordings a second do not break the service",
  about:
    "The profile in a fifth of its time, and to fewer: from one recording a second to 20 in two minutes, until a threshold of the script breaks or arrivals are dropped. `k6.log` has the rate at which it did; two a second are the least. Nothing is lost beyond it, either.",
  suite: "nightly",
  topology: quickStt(),
  workload: load({ script: "stt-load", profile: "breakpoint", env: { SCALE: "0.2", MAX_RATE: "20" } }),
  steadyState: wellUnderLoad,
  faults: [],
  checks: lossless,
  thresholds: { steady: { "k6.offered_rate": "max>=2" } },
});
