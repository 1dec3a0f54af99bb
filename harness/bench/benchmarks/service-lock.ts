import type { Benchmark, Comparison } from "../benchmark.ts";
import { MeasuringProgram, quantilesOf } from "../measuring-program.ts";
import { startRedis } from "../redis-server.ts";

const comparisons = (what: string, ours: string, baseline: string): Comparison[] =>
  ["p50", "p95", "p99"].map((percentile) => ({
    what: `${what}, ${percentile}`,
    unit: "ms",
    better: "less",
    ours: `${ours} ${percentile}`,
    baseline: `${baseline} ${percentile}`,
  }));

/** What the lock on a recording costs. */
export const serviceLock: Benchmark = {
  name: "service-lock",
  about:
    "a lock nobody else wants, one after another; baseline: SET NX PX and DEL, on the same connection of the same process",
  rounds: 7,
  comparisons: [
    ...comparisons("acquire", "lock acquire", "SET NX PX"),
    ...comparisons("acquire and release", "lock", "SET NX PX, DEL"),
  ],
  bounds: [{ what: "lock, 99th percentile", unit: "ms", ours: "lock acquire p99", limit: 10 }],
  open: async (context, stack) => {
    const url = await startRedis(context, stack);
    const program = new MeasuringProgram("lock", { STT_REDIS_URL: url }, context, stack);
    return [program.arm("lock", quantilesOf), program.arm("bare", quantilesOf)];
  },
};
