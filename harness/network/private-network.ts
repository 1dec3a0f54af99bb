import { readlinkSync } from "node:fs";
import { findProgram } from "../provision/capabilities/examined.ts";
import { namespaceOptions } from "../provision/capabilities/namespace.ts";
import { EnvironmentError } from "../util/errors.ts";

/** How links are silenced: `proxy` holds their bytes, `netns` drops their packets in a private network. */
export const networkKinds = ["proxy", "netns"] as const;
export type NetworkKind = (typeof networkKinds)[number];

/** Names the network namespace that this process left for its own. */
const leftVariable = "FAULTLINE_LEFT_NETWORK";

const ownNamespace = (): string => readlinkSync("/proc/self/ns/net");

/** Whether this process is in a network namespace of Faultline's own: looked up, not believed. */
export function isPrivateNetwork(): boolean {
  const left = process.env[leftVariable];
  return left !== undefined && left !== ownNamespace();
}

/**
 * The command line that runs another in a fresh network namespace with a loopback interface, and the environment that
 * {@link isPrivateNetwork} knows it by.
 * @throws EnvironmentError when a tool is missing.
 */
export function inPrivateNetwork(command: readonly string[]): {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  const script = '"$0" link set lo up && exec "$@"';
  return {
    file: findTool("unshare"),
    args: [...namespaceOptions(), "--", "/bin/sh", "-c", script, findTool("ip"), ...command],
    env: { [leftVariable]: ownNamespace() },
  };
}

/**
 * Starts this program anew, with the same arguments, in a private network. The process stays the same (execve(2)): its
 * pid, terminal, signals and exit code are those of the command the user gave. The namespace and every rule in it
 * end with the last process of the run, however that ends.
 * @throws EnvironmentError when a tool is missing. It does not return.
 */
export function enterPrivateNetwork(): never {
  const { file, args, env } = inPrivateNetwork([
    process.execPath,
    ...process.execArgv,
    ...process.argv.slice(1),
  ]);
  if (!process.execve)
    throw new EnvironmentError("this Node cannot replace its own process: Node 24 is needed");
  return process.execve(file, [file, ...args], { ...process.env, ...env });
}

/**
 * The path of a system tool.
 * @throws EnvironmentError when it is not installed.
 */
export function findTool(name: string): string {
  const path = findProgram(name);
  if (path !== undefined) return path;
  throw new EnvironmentError(`there is no ${name}`, {
    hint: "apt-get install util-linux iproute2 nftables; faultline doctor shows what else is missing",
  });
}
