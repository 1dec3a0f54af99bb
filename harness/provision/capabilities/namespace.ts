import { execute } from "../execute.ts";
import { absent, type Examined, examine, findProgram } from "./examined.ts";

const needsPrivilege = "run it as root, or where users may make namespaces (sysctl user.max_user_namespaces)";

/** Makes a network namespace and, inside, a filter of packets; both end with the command. */
export async function examineNamespace(): Promise<Examined> {
  const unshare = findProgram("unshare");
  const ip = findProgram("ip");
  const nft = findProgram("nft");
  if (unshare === undefined) return absent("unshare", "util-linux");
  if (ip === undefined) return absent("ip", "iproute2");
  if (nft === undefined) return absent("nft", "nftables");
  return examine(async () => {
    const script = '"$1" link set lo up && "$2" add table ip faultline_probe';
    await inOwnNamespace(unshare, ["sh", "-c", script, "sh", ip, nft]);
    return process.getuid?.() === 0 ? unshare : `${unshare} (in a user namespace)`;
  }, needsPrivilege);
}

/**
 * The options of unshare for a network namespace. Root needs no more; others get the right to it from a user namespace, in
 * which they stay who they are: PostgreSQL refuses to run as root, mapped or not.
 */
export const namespaceOptions = (): string[] =>
  process.getuid?.() === 0 ? ["--net"] : ["--user", "--map-current-user", "--keep-caps", "--net"];

/** Runs a command line in a network namespace of its own, which ends with it. */
export const inOwnNamespace = (unshare: string, command: readonly string[]) =>
  execute(unshare, [...namespaceOptions(), ...command], { timeoutMs: 10_000 });
