import { answering } from "../../harness/checkers/answering.ts";
import { mutex } from "../../harness/checkers/mutex.ts";
import { blackhole } from "../../harness/faults/blackhole.ts";
import { linksTo } from "../../harness/faults/link-targets.ts";
import { at } from "../../harness/faults/schedule.ts";
import { all } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { lockUsers } from "../../harness/workload/lock-users.ts";
import { lockBed } from "./locking.ts";

export default scenario({
  title: "a holder whose renewals do not arrive loses its lock, and with it the right to write",
  about:
    "A holder cut off from Redis goes on working while its lock expires and another takes it: two believe that they hold it. Only the later one's writes may be accepted.",
  suite: "nightly",
  topology: lockBed,
  workload: lockUsers({ rate: 15, locks: 6, users: 144, hold: "8s" }),
  steadyState: answering({ f: ["acquire"] }),
  faults: [at("4s", blackhole(linksTo(all("redis"), { from: ["locker-1"] }))).for("10s")],
  checks: [mutex({ exclusive: false, staleWriteSeen: true })],
  thresholds: { recovery: { rto: "<20s" } },
});
