import { AddressPlan } from "../network/addresses.ts";
import { redisNodes } from "../topology/redis.ts";
import type { BenchContext } from "./benchmark.ts";
import { newRuntime, provisioned } from "./environment.ts";

/** Starts one Redis server, with nothing between it and its clients. It ends with the stack. @returns its URL. */
export async function startRedis(context: BenchContext, stack: AsyncDisposableStack): Promise<string> {
  const installed = await provisioned(context);
  const runtime = stack.use(newRuntime(context));
  const plan = new AddressPlan(runtime.slot, ["redis-1"]);
  for (const spec of redisNodes({ plan, layout: "single", clients: [] }, installed.redis)) {
    await runtime.add(spec).start();
  }
  return `redis://${plan.real("redis-1")}:16379`;
}
