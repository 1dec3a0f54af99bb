import { mutex } from "../../harness/checkers/mutex.ts";
import { pause } from "../../harness/faults/pause.ts";
import { at } from "../../harness/faults/schedule.ts";
import { holderOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { lockUsers } from "../../harness/workload/lock-users.ts";
import { anyLock, lockAnswers, lockBed } from "./locking.ts";

export default scenario({
  title: "a holder that sleeps through its own lock cannot write over the next one",
  about:
    "The lock is a lease of 5 s: a holder that sleeps longer still believes that it holds it, which cannot be helped. That it writes can: the fencing token from PostgreSQL refuses it. A run in which no such write was attempted proves nothing.",
  topology: lockBed,
  workload: lockUsers({ rate: 15, users: 48, hold: "1s" }),
  steadyState: lockAnswers,
  faults: [at("4s", pause(holderOf(anyLock))).for("7s")],
  checks: [mutex({ exclusive: false, staleWriteSeen: true })],
  thresholds: { recovery: { rto: "<20s" } },
});
