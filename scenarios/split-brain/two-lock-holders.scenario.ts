import { answering } from "../../harness/checkers/answering.ts";
import { mutex } from "../../harness/checkers/mutex.ts";
import { isolate } from "../../harness/faults/isolate.ts";
import { at } from "../../harness/faults/schedule.ts";
import { redisPrimary } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { lockUsers } from "../../harness/workload/lock-users.ts";
import { lockBed } from "../lock/locking.ts";

export default scenario({
  title: "when Redis splits a lock has two holders, and only the later one can write",
  about:
    "The primary is cut off from its replicas and sentinels, its clients are not: it goes on giving out locks that the next primary has never heard of, and who held one before the election shares it with another after it. That cannot be helped; the fencing token from PostgreSQL has to refuse the earlier holder's writes, and such a write has to be seen.",
  topology: lockBed,
  workload: lockUsers({ rate: 15, locks: 4, users: 60, hold: "3s" }),
  steadyState: answering({ f: ["acquire"] }),
  faults: [at("4s", isolate(redisPrimary(), { clients: true })).for("8s")],
  checks: [mutex({ exclusive: false, staleWriteSeen: true })],
  thresholds: { recovery: { rto: "<25s" } },
});
