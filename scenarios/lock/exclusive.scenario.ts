import { answering } from "../../harness/checkers/answering.ts";
import { mutex } from "../../harness/checkers/mutex.ts";
import { pause } from "../../harness/faults/pause.ts";
import { at } from "../../harness/faults/schedule.ts";
import { holderOf } from "../../harness/faults/targets.ts";
import { scenario } from "../../harness/run/scenario.ts";
import { cluster } from "../../harness/topology/cluster.ts";
import { lockUsers } from "../../harness/workload/lock-users.ts";
import { redisKeys } from "../../system/contract/redis-keys.ts";

export default scenario({
  title: "a holder that sleeps through its own lock cannot write over the next one",
  topology: cluster({ redis: "sentinel", lockUsers: 3 }),
  workload: lockUsers({ rate: 15, hold: "300ms" }),
  steadyState: answering({ f: ["acquire", "guarded-write", "release"] }),
  // The lock's TTL is 5 s: it expires, and others take it.
  faults: [at("5s", pause(holderOf(redisKeys.lock("*")))).for("8s")],
  // The lock is a lease: that the sleeper believes to hold it cannot be helped, that it writes can.
  checks: [mutex({ exclusive: false })],
  thresholds: { recovery: { rto: "<30s" } },
});
