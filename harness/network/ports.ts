import { connect, createServer } from "node:net";
import { EnvironmentError } from "../util/errors.ts";
import { hostPort } from "../util/host-port.ts";

/**
 * Makes sure that addresses can be bound, before anything is started on them.
 * @param addresses host:port each.
 * @throws EnvironmentError naming the first busy one.
 */
export async function assertFree(addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    const error = await tryToBind(address);
    if (error) {
      const { port } = hostPort(address);
      throw new EnvironmentError(`cannot listen on ${address}: ${error.code ?? error.message}`, {
        hint: `another program holds port ${port}, perhaps on all addresses; find it with: ss -ltnp 'sport = :${port}'`,
      });
    }
  }
}

function tryToBind(address: string): Promise<NodeJS.ErrnoException | undefined> {
  const { host, port } = hostPort(address);
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/**
 * Tries to connect to host:port and hangs up.
 * @returns `connected`, or the code of the error: `ECONNREFUSED`, `ETIMEDOUT` (after a second).
 */
export function tryToConnect(address: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ ...hostPort(address), timeout: 1_000 });
    const end = (outcome: string) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once("connect", () => end("connected"));
    socket.once("timeout", () => end("ETIMEDOUT"));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
