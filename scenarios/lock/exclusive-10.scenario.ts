import { answering } from "../../harness/checkers/answering.ts";
import { lease } from "../../harness/checkers/lease.ts";
import { mutex } from "../../harness/checkers/mutex.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { lockUsers } from "../../harness/workload/lock-users.ts";
import { lockBed, lockTtl } from "./locking.ts";

export default scenario({
  title: "of ten users who want one lock at once exactly one has it",
  about:
    "Never two at once, and never none: whoever is told that the lock is busy was told so while somebody had it.",
  suite: "nightly",
  topology: lockBed,
  workload: lockUsers({ rate: 10, crowd: 10, locks: 1, hold: "300ms" }),
  steadyState: answering({ f: ["acquire"] }),
  faults: [],
  steadyFor: "8s",
  checks: [mutex(), lease({ ttl: lockTtl })],
  thresholds: { steady: { acquire_duration: "count>=60", acquire_failed: "rate<=0" } },
});
