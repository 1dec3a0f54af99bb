import { connect, createServer } from "node:net";
import { EnvironmentError } from "../util/errors.ts";

/**
 * Makes sure that addresses can be bound, before anything is started on them.
 * @param addresses host:port each.
 * @throws EnvironmentError naming the first busy one.
 */
export async function assertFree(addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    const error = await tryToBind(address);
    if (error) {
      const port = address.slice(address.lastIndexOf(":") + 1);
      throw new EnvironmentError(`cannot listen on ${address}: ${error.code ?? error.message}`, {
        hint: `another program holds port ${port}, perhaps on all addresses; find it with: ss -ltnp 'sport = :${port}'`,
      });
    }
  }
}

function tryToBind(address: string): Promise<NodeJS.ErrnoException | undefined> {
  const separator = address.lastIndexOf(":");
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen(Number(address.slice(separator + 1)), address.slice(0, separator), () =>
      server.close(() => resolve(undefined)),
    );
  });
}

/**
 * Tries to connect to host:port and hangs up.
 * @returns `connected`, or the code of the error: `ECONNREFUSED`, `ETIMEDOUT` (after a second).
 */
export function tryToConnect(address: string): Promise<string> {
  const separator = address.lastIndexOf(":");
  return new Promise((resolve) => {
    const socket = connect({
      host: address.slice(0, separator),
      port: Number(address.slice(separator + 1)),
      timeout: 1_000,
    });
    const end = (outcome: string) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once("connect", () => end("connected"));
    socket.once("timeout", () => end("ETIMEDOUT"));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
