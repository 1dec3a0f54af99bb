import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { Node } from "../runtime/node.ts";
import type { SmallDisk } from "../runtime/small-disk.ts";
import { madeBy } from "../util/call.ts";
import { EnvironmentError } from "../util/errors.ts";
import type { Fault, FaultContext, Target } from "./fault.ts";
import { onNodes, provenHealthyNodes, provenOnNodes, revive } from "./on-nodes.ts";

export interface DiskFullOptions {
  /** What kind of nodes get a disk of their own (default `kafka`). */
  readonly kind?: string;
  /** How large it is (default 128 MiB). It is memory of this machine. */
  readonly bytes?: number;
}

/** What strerror(3) says for ENOSPC, in the C locale that nodes are started in. */
const complaint = "No space left on device";

/**
 * Fills a node's disk: its folder is a small file system of its own from the start, and a file takes all that is left of it. It
 * is proven when the node itself meets it: it says so in its log, or ends. The heal removes the file; a node that has
 * ended is started, and a broker is started anew in any case, for it takes a directory that failed into use only then.
 */
export function diskFull(target: Target, options: DiskFullOptions = {}): Fault {
  const { kind = "kafka", bytes = 128 * 1_048_576 } = options;
  const logSizes = new Map<string, number>();
  const key = ({ id }: FaultContext, node: string) => `${id} ${node}`;
  return {
    kind: "disk-full",
    target,
    ...madeBy("diskFull", target, options),
    needs: ["tmpfs"],
    prepares: [{ type: "small-disk", kind, bytes }],
    proveWithin: "30s", // what is left of a file's last page is still written to
    inject: (context) =>
      onNodes(context, async (node) => {
        const disk = diskOf(node);
        node.expectExit(context.id);
        logSizes.set(key(context, node.name), statSync(node.logFile).size);
        disk.fill(context.id);
      }),
    probe: (context) =>
      provenOnNodes(context, async (node) => {
        diskOf(node).fill(context.id); // it may have made some room
        const full = `the disk of ${node.name} is full`;
        if (!node.isAlive()) return `${full}, and it ${node.lastExit}`;
        if (saidSince(node.logFile, logSizes.get(key(context, node.name)) ?? 0, complaint))
          return `${full}, and it says so: ${complaint}`;
        throw new Error(`${full}, and it has not noticed`);
      }),
    heal: (context) =>
      onNodes(context, async (node) => {
        node.resources.disk?.free(context.id);
        if (node.kind === "kafka") await node.kill();
        await revive(context, node);
      }),
    probeHealed: async (context) => {
      const room = await provenOnNodes(context, async (node) => {
        if (node.resources.disk?.freeBytes() === 0) throw new Error(`the disk of ${node.name} is still full`);
        return `${node.name} has room again`;
      });
      return `${room}; ${await provenHealthyNodes(context)}`;
    },
  };
}

function diskOf({ name, resources: { disk } }: Node): SmallDisk {
  if (disk) return disk;
  throw new EnvironmentError(`${name} has no disk of its own`, {
    hint: "disk-full prepares one for nodes of its option `kind`",
  });
}

/** Whether a log has said something since it had a size. */
function saidSince(logFile: string, size: number, words: string): boolean {
  const file = openSync(logFile, "r");
  try {
    const text = Buffer.alloc(Math.max(0, fstatSync(file).size - size));
    readSync(file, text, { position: size });
    return text.includes(words);
  } finally {
    closeSync(file);
  }
}
