import { scenario } from "../../harness/run/scenario.ts";
import { lossless, quickStt } from "../common.ts";
import { load, wellServed, wellUnderLoad } from "./common.ts";

export default scenario({
  title: "ten users at once are served well, in every ten seconds",
  about:
    "The profile in three tenths of its time: to ten users in 9 s, 36 s of them, to none in 9 s. Whatever was accepted completes, once.",
  suite: "nightly",
  topology: quickStt(),
  workload: load({ script: "stt-load", profile: "load", env: { SCALE: "0.3" } }),
  steadyState: wellUnderLoad,
  faults: [],
  steadyFor: "54s", // as long as the profile
  checks: lossless,
  thresholds: { steady: wellServed },
});
