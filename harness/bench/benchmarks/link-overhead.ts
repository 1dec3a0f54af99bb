import { Client } from "undici";
import type { Arm, Benchmark } from "../benchmark.ts";
import { timed } from "../connection.ts";
import { standInService, startTopology } from "../environment.ts";
import { quantile } from "../statistics.ts";

const requests = 1_000;

/** What a link's proxy adds to a small HTTP request on a connection that stays open. */
export const linkOverhead: Benchmark = {
  name: "link-overhead",
  about: `a small HTTP request through its link, ${requests} a round; baseline: straight to the server`,
  rounds: 5,
  comparisons: [
    { what: "median of a round", unit: "ms", better: "less", ours: "link p50", baseline: "direct p50" },
    {
      what: "95th percentile of a round",
      unit: "ms",
      better: "less",
      ours: "link p95",
      baseline: "direct p95",
    },
  ],
  open: async (context, stack) => {
    const { running } = await startTopology(
      { kafka: 1, redis: "single", instances: 1, entry: standInService },
      context,
      stack,
    );
    const linked = running.services.map(({ baseUrl }) => baseUrl);
    const direct = running.services.map(({ name }) => `http://${running.node(name).address}`);
    return [
      ...linked.map((url) => requestArm("link", url, stack)),
      ...direct.map((url) => requestArm("direct", url, stack)),
    ];
  },
};

function requestArm(name: string, url: string, stack: AsyncDisposableStack): Arm {
  const client = new Client(url);
  stack.defer(() => client.close());
  const request = async () => {
    const { body } = await client.request({ method: "GET", path: "/" });
    await body.dump();
  };
  return {
    name,
    measure: async () => {
      const times: number[] = [];
      for (let count = 0; count < requests; count++) times.push(await timed(request));
      return { [`${name} p50`]: [quantile(times, 0.5)], [`${name} p95`]: [quantile(times, 0.95)] };
    },
  };
}
