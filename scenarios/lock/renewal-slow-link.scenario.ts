import { answering } from "../../harness/checkers/answering.ts";
import { mutex } from "../../harness/checkers/mutex.ts";
import { latency } from "../../harness/faults/latency.ts";
import { linksFrom } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { lockUsers } from "../../harness/workload/lock-users.ts";
import { lockBed } from "./locking.ts";

export default scenario({
  title: "a holder that works for longer than the time to live keeps its lock, over a slow link too",
  about:
    "Every holder works for 8 s under a lock of 5 s, which it renews; the link of one is slow, but quicker than a renewal's timeout of 300 ms. Nobody else may get the lock meanwhile, and no write of a holder may be refused.",
  suite: "nightly",
  topology: lockBed,
  workload: lockUsers({ rate: 10, locks: 12, users: 96, hold: "8s" }),
  steadyState: answering({ f: ["acquire"] }),
  faults: [at("4s", latency(linksFrom(node("locker-1")), { latency: "40ms" })).for("12s")],
  checks: [mutex()],
  thresholds: { fault: { "guarded-write_refused": "rate<=0" }, recovery: { rto: "<20s" } },
});
