import { mutex } from "../../harness/checkers/mutex.ts";
import { restart } from "../../harness/faults/restart.ts";
import { at } from "../../harness/faults/schedule.ts";
import { redisPrimary } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { lockUsers } from "../../harness/workload/lock-users.ts";
import { lockAnswers, lockBed } from "./locking.ts";

export default scenario({
  title: "while Redis restarts locks are still to be had, and nobody writes over a later holder",
  about:
    "Without an answer of Redis work goes on without the lock, so two may believe that they hold it; the fencing token keeps the earlier one from writing.",
  topology: lockBed,
  workload: lockUsers({ rate: 15, hold: "300ms" }),
  steadyState: lockAnswers,
  faults: [at("4s", restart(redisPrimary())).for("1s")],
  checks: [mutex({ exclusive: false })],
  thresholds: { fault: { acquire_failed: "rate<0.02" }, recovery: { rto: "<20s" } },
});
