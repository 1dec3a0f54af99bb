import { scenario } from "../../harness/run/scenario.ts";
import { lossless, quickStt } from "../common.ts";
import { load, wellUnderLoad } from "./common.ts";

export default scenario({
  title: "a hundred users at once slow the service down, and lose nothing",
  about:
    "The profile in half its time: to 50 users in 15 s, to 100 in 30 s more. How fast it is then is the machine's; that requests are answered, and that whatever was accepted completes once, is the service's.",
  suite: "nightly",
  topology: quickStt(),
  // Its bounds on times are of a load that the service is made for.
  workload: load({ script: "stt-load", profile: "stress", env: { SCALE: "0.5" }, ownThresholds: false }),
  steadyState: wellUnderLoad,
  faults: [],
  steadyFor: "45s", // as long as the profile
  checks: lossless,
  thresholds: { steady: { "k6.http_req_failed": ["rate<0.05", "rate<0.2 within 10s"] } },
});
