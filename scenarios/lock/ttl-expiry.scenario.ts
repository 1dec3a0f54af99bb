import { lease } from "../../harness/checkers/lease.ts";
import { mutex } from "../../harness/checkers/mutex.ts";
import { kill } from "../../harness/faults/kill.ts";
import { at } from "../../harness/faults/schedule.ts";
import { holderOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { lockUsers } from "../../harness/workload/lock-users.ts";
import { anyLock, lockAnswers, lockBed, lockTtl } from "./locking.ts";

export default scenario({
  title: "the lock of a dead holder is free after its time to live: not before, and not much later",
  about:
    "A holder that is killed cannot give its lock back. Nobody may get it while its lease of 5 s runs, and nobody may be refused it for long after that.",
  topology: lockBed,
  workload: lockUsers({ rate: 15, users: 48, hold: "1s" }),
  steadyState: lockAnswers,
  faults: [at("4s", kill(holderOf(anyLock))).for("6s")],
  checks: [mutex(), lease({ ttl: lockTtl, slack: "2s", takeOver: true })],
  thresholds: { recovery: { rto: "<20s" } },
});
