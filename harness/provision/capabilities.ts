import { examineControlGroup } from "./capabilities/control-groups.ts";
import type { Examined } from "./capabilities/examined.ts";
import { examineFaketime } from "./capabilities/faketime.ts";
import { examineNamespace } from "./capabilities/namespace.ts";
import { examineOpenFilesLimit } from "./capabilities/open-files.ts";
import { examineSmallDisk } from "./capabilities/small-disk.ts";

/** What a stronger fault needs of the machine. Each is tried, never guessed. */
export const capabilities = [
  "netns",
  "cgroup-cpu",
  "cgroup-memory",
  "tmpfs",
  "prlimit",
  "libfaketime",
] as const;
export type Capability = (typeof capabilities)[number];

export type { Examined } from "./capabilities/examined.ts";

const examinations: Readonly<Record<Capability, () => Promise<Examined>>> = {
  netns: examineNamespace,
  "cgroup-cpu": () => examineControlGroup("cpu"),
  "cgroup-memory": () => examineControlGroup("memory"),
  tmpfs: examineSmallDisk,
  prlimit: examineOpenFilesLimit,
  libfaketime: examineFaketime,
};

const examined = new Map<Capability, Promise<Examined>>();

/**
 * Tries whether this machine can do something, for this user; leaves nothing behind. Tried once in a process.
 * Never rejects: what goes wrong is why it is not supported.
 */
export function examineCapability(name: Capability): Promise<Examined> {
  const known = examined.get(name) ?? examinations[name]();
  examined.set(name, known);
  return known;
}
