import { findProgram } from "../provision/capabilities/examined.ts";
import { execute } from "../provision/execute.ts";

/**
 * Aborts the established connections to listeners, so that their clients see a reset at once (`ss --kill`: SOCK_DESTROY).
 * It needs CAP_NET_ADMIN and a kernel with INET_DIAG_DESTROY; without them nothing happens, which is for the caller to
 * see on a connection of its own.
 * @param addresses host:port each.
 */
export async function abortConnections(addresses: readonly string[]): Promise<void> {
  const ss = findProgram("ss");
  if (ss === undefined || addresses.length === 0) return;
  const filter = addresses.flatMap((address, index) => [...(index === 0 ? [] : ["or"]), "src", address]);
  await execute(ss, ["--kill", "--tcp", "--numeric", ...filter], { timeoutMs: 5_000 }).catch(() => {});
}
