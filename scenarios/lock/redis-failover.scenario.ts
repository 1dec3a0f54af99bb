import { mutex } from "../../harness/checkers/mutex.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { redisPrimary } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { lockUsers } from "../../harness/workload/lock-users.ts";
import { lockAnswers, lockBed } from "./locking.ts";

export default scenario({
  title: "a failover of Redis while locks are held lets nobody write over a later holder",
  about:
    "Redis replicates asynchronously: the new primary may not know a lock that is held, and until it is elected work goes on without one. Two may believe that they hold a lock; the fencing token keeps the earlier one from writing, which has to be seen.",
  topology: lockBed,
  workload: lockUsers({ rate: 30, users: 60, hold: "1s" }),
  steadyState: lockAnswers,
  faults: [at("4s", kill(redisPrimary())).for("6s")],
  checks: [mutex({ exclusive: false, staleWriteSeen: true })],
  thresholds: { fault: { acquire_failed: "rate<0.02" }, recovery: { rto: "<20s" } },
});
