import type { Capability } from "../provision/capabilities.ts";

/** What nodes are started with, so that a fault can strike them later. Without a kind, it is for nodes of every kind. */
export type NodePreparation =
  /** The node's folder is a file system of its own, of this size, which can be filled. */
  | { readonly type: "small-disk"; readonly kind: string; readonly bytes: number }
  /** The node's clock can be set, by libfaketime. */
  | { readonly type: "settable-clock"; readonly kind?: string }
  /** The node's memory is counted from its start, so that a limit holds for all of it. */
  | { readonly type: "counted-memory"; readonly kind?: string };

/** What a preparation needs of the machine: where it is absent, nodes start without. */
export const neededBy: Readonly<Record<NodePreparation["type"], Capability>> = {
  "small-disk": "tmpfs",
  "settable-clock": "libfaketime",
  "counted-memory": "cgroup-memory",
};

/** How one node is to be started. */
export interface PreparedNode {
  /** Bytes of its disk; undefined: its folder lies on the machine's. */
  readonly smallDisk: number | undefined;
  readonly settableClock: boolean;
  readonly countedMemory: boolean;
}

/** What all preparations together want of a node of a kind; of several disks, the smallest. */
export function preparedNode(preparations: readonly NodePreparation[], kind: string): PreparedNode {
  const own = preparations.filter((one) => one.kind === undefined || one.kind === kind);
  const disks = own.filter((one) => one.type === "small-disk").map(({ bytes }) => bytes);
  return {
    smallDisk: disks.length === 0 ? undefined : Math.min(...disks),
    settableClock: own.some(({ type }) => type === "settable-clock"),
    countedMemory: own.some(({ type }) => type === "counted-memory"),
  };
}
