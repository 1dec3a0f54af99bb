import { connect } from "node:net";
import { until } from "../util/until.ts";

/** The error code of an attempt to connect to host:port, or `connected`. */
function connectOutcome(address: string): Promise<string> {
  const [host = "", port = ""] = address.split(":");
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    const end = (outcome: string) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once("connect", () => end("connected"));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

/** Tries to connect, over and over, until that ends as wanted. */
export async function untilConnecting(
  address: string,
  wanted: "connected" | "ECONNREFUSED",
  signal: AbortSignal,
): Promise<void> {
  await until(
    async () => (await connectOutcome(address)) === wanted,
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
