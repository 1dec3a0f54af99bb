import { answering } from "../../../checkers/answering.ts";
import { linearizable } from "../../../checkers/linearizable.ts";
import { pause } from "../../../faults/pause.ts";
import { at } from "../../../faults/schedule.ts";
import { node } from "../../../faults/targets.ts";
import { scenario } from "../../../run/scenario.ts";
import { cluster } from "../../../topology/cluster.ts";
import { cacheUsers } from "../../../workload/cache-users.ts";

export default scenario({
  title: "a Redis that is paused keeps every acknowledged write",
  topology: cluster({ redis: "single" }),
  workload: cacheUsers({ rate: 50 }),
  steadyState: answering({ f: ["read", "write"] }),
  faults: [at("1s", pause(node("redis-1"))).for("1s")],
  checks: [linearizable({ model: "cas-register" })],
});
