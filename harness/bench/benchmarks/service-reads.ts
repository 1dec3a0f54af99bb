import { BenchedService } from "../benched-service.ts";
import type { Arm, BenchContext, Benchmark, Comparison } from "../benchmark.ts";
import { closedLoop, loopSamples } from "../closed-loop.ts";
import { bareExpress } from "../environment.ts";
import { connections, HttpTarget } from "../http-target.ts";
import { ServerProcess } from "../server-process.ts";

const recordings = 20;
const forMs = 2_000;
const warmUpMs = 1_000;

const baseline = "bare route";

const comparisons = (what: string, ours: string): Comparison[] => [
  { what: `${what}, a second`, unit: "ops/s", better: "more", ours, baseline },
  { what: `${what}, median`, unit: "ms", better: "less", ours: `${ours} p50`, baseline: `${baseline} p50` },
  {
    what: `${what}, 99th percentile`,
    unit: "ms",
    better: "less",
    ours: `${ours} p99`,
    baseline: `${baseline} p99`,
  },
];

/** How fast statuses are read, with Redis and without. */
export const serviceReads: Benchmark = {
  name: "service-reads",
  about:
    `the service's status of ${recordings} recordings, ${connections} connections; ` +
    "baseline: an Express route that answers the same at once",
  rounds: 3,
  comparisons: [...comparisons("status", "cached"), ...comparisons("status, no Redis", "no Redis")],
  bounds: [
    { what: "status, 95th percentile", unit: "ms", ours: "cached p95", limit: 300 },
    { what: "status without Redis, 95th percentile", unit: "ms", ours: "no Redis p95", limit: 300 },
  ],
  open: async (context, stack) => {
    const service = await BenchedService.start(context, stack);
    const ids = await service.encoded(recordings);
    const server = stack.use(await ServerProcess.start(bareExpress, context.signal));
    const bare = stack.use(new HttpTarget(`http://${server.address}`));
    let turn = 0;
    const readNext = () => service.readStatus(ids[turn++ % ids.length] ?? "");
    const cached = arm("cached", readNext, context);
    const withoutRedis = arm("no Redis", readNext, context);
    const redis = service.topology.node("redis-1");
    return [
      cached,
      arm(baseline, () => bare.get("/status"), context),
      {
        name: withoutRedis.name,
        measure: async () => {
          await redis.kill();
          await service.redisIs(false);
          const samples = await withoutRedis.measure();
          await redis.start();
          await service.redisIs(true);
          return samples;
        },
      },
    ];
  },
};

/** Reads for a while, after a while that does not count: code not yet compiled, statuses not yet cached. */
function arm(name: string, read: () => Promise<unknown>, { signal }: BenchContext): Arm {
  return {
    name,
    measure: async () => {
      await closedLoop({ users: connections, forMs: warmUpMs, signal }, read);
      return loopSamples(name, await closedLoop({ users: connections, forMs, signal }, read));
    },
  };
}
