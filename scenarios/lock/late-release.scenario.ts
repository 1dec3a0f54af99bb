import { mutex } from "../../harness/checkers/mutex.ts";
import { pause } from "../../harness/faults/pause.ts";
import { at } from "../../harness/faults/schedule.ts";
import { node } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { lockUsers } from "../../harness/workload/lock-users.ts";
import { lockAnswers, lockBed } from "./locking.ts";

export default scenario({
  title: "a holder that wakes up after its lease gives back no lock but its own",
  about:
    "While it slept its locks expired and others took them. Its releases come late, and may free nothing: between the others, who did not sleep, a lock never has two holders.",
  suite: "nightly",
  topology: lockBed,
  workload: lockUsers({ rate: 60, locks: 12, users: 72, hold: "1s" }),
  steadyState: lockAnswers,
  faults: [at("4s", pause(node("locker-1"))).for("8s")],
  checks: [mutex({ exclusive: { among: ["locker-2", "locker-3"] } })],
  thresholds: { recovery: { rto: "<20s" } },
});
