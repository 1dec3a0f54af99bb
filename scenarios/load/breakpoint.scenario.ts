import { scenario } from "../../harness/run/scenario.ts";
import { lossless, quickStt } from "../common.ts";
import { load, wellUnderLoad } from "./common.ts";

export default scenario({
  title: "two recordings a second do not break the service",
  about:
    "The profile in three tenths of its time, and to fewer: from one recording a second to ten in three minutes, until a threshold of the script breaks or arrivals are dropped. The first 15 seconds break nothing; two a second come after them. `k6.log` has the rate at which it broke; two a second are the least. Nothing is lost beyond it, either.",
  suite: "nightly",
  topology: quickStt(),
  workload: load({ script: "stt-load", profile: "breakpoint", env: { SCALE: "0.3", MAX_RATE: "10" } }),
  steadyState: wellUnderLoad,
  faults: [],
  checks: lossless,
  thresholds: { steady: { "k6.offered_rate": "max>=2" } },
});
