import { answering } from "../../../checkers/answering.ts";
import { linearizable } from "../../../checkers/linearizable.ts";
import { kill } from "../../../faults/kill.ts";
import { at } from "../../../faults/schedule.ts";
import { node } from "../../../faults/targets.ts";
import { scenario } from "../../../run/scenario.ts";
import { cluster } from "../../../topology/cluster.ts";
import { cacheUsers } from "../../../workload/cache-users.ts";

/** Fails, for no process is that fast. */
export default scenario({
  title: "a Redis that is killed is back within a millisecond",
  topology: cluster({ redis: "single" }),
  workload: cacheUsers({ rate: 50 }),
  steadyState: answering({ f: ["read", "write"] }),
  faults: [at("1s", kill(node("redis-1"))).for("1s")],
  checks: [linearizable({ model: "cas-register" })],
  thresholds: { recovery: { rto: "<1ms" } },
});
