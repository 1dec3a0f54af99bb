import { mutex } from "../../harness/checkers/mutex.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { lockUsers } from "../../harness/workload/lock-users.ts";
import { lockAnswers, lockBed } from "./locking.ts";

export default scenario({
  title: "a lock that hardly anybody else wants is had at once",
  about: "Acquiring is one call to Redis and one statement in PostgreSQL; both are near.",
  topology: lockBed,
  workload: lockUsers({ rate: 20, locks: 100, hold: "100ms" }),
  steadyState: lockAnswers,
  faults: [],
  steadyFor: "8s",
  checks: [mutex()],
  thresholds: {
    steady: { acquire_duration: ["count>=100", "p(95)<50", "p(99)<200"], acquire_failed: "rate<=0" },
  },
});
