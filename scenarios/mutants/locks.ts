import { fileURLToPath } from "node:url";
import { cluster } from "../../harness/topology/cluster.ts";
import type { Topology } from "../../harness/topology/topology.ts";

/** The bed of the lock's scenarios, with a variant of the program that uses the lock: a file of this folder. */
export const lockBedWith = (entry: string): Topology =>
  cluster({
    redis: "sentinel",
    lockUsers: 3,
    lockUserEntry: fileURLToPath(new URL(entry, import.meta.url)),
  });
