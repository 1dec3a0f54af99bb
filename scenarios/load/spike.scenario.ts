import { scenario } from "../../harness/run/scenario.ts";
import { lossless, quickStt } from "../common.ts";
import { load, wellUnderLoad } from "./common.ts";

export default scenario({
  title: "a spike of a hundred users passes, and loses nothing",
  about:
    "The profile in half its time: 5 users for 15 s, 100 within 2.5 s and for 15 s, 5 within 2.5 s and for 30 s. Requests may wait in the spike; few may fail in any ten seconds, the spike's own among them.",
  suite: "nightly",
  topology: quickStt(),
  workload: load({ script: "stt-load", profile: "spike", env: { SCALE: "0.5" }, ownThresholds: false }),
  steadyState: wellUnderLoad,
  faults: [],
  steadyFor: "65s", // as long as the profile
  checks: lossless,
  thresholds: { steady: { "k6.http_req_failed": ["rate<0.05", "rate<0.2 within 10s"] } },
});
