import { tryToConnect } from "../network/ports.ts";
import { until } from "../util/until.ts";

/** Tries to connect, over and over, until that ends as wanted. */
export async function untilConnecting(
  address: string,
  wanted: "connected" | "ECONNREFUSED",
  signal: AbortSignal,
): Promise<void> {
  await until(
    async () => (await tryToConnect(address)) === wanted,
    `connecting to ${address} gives ${wanted}`,
  )
    .every(0)
    .unless(signal)
    .atMost("10s");
}

/** Milliseconds that some work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
