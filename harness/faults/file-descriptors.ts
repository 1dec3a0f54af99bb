import { connect, type Socket } from "node:net";
import { waitingConnections } from "../runtime/proc.ts";
import { madeBy } from "../util/call.ts";
import { hostPort } from "../util/host-port.ts";
import { TimeoutError, until } from "../util/until.ts";
import type { Fault, Target } from "./fault.ts";
import { onNodes, provenHealthyNodes, provenOnNodes, revive } from "./on-nodes.ts";

/**
 * Lets a node have only so many files and connections open: the soft limit of its process, by prlimit(1). What is open
 * stays open. It is proven by connections of our own: one more than the limit has room for, of which at least one is
 * taken by nobody, or closed without a word.
 * @param options.limit default: as many as are open when the fault strikes, so that there will be no more.
 */
export function fileDescriptors(target: Target, options: { readonly limit?: number } = {}): Fault {
  const { limit } = options;
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 3))
    throw new RangeError(`file-descriptors: limit must be a whole number from 3, not ${limit}`);
  return {
    kind: "file-descriptors",
    target,
    ...madeBy("fileDescriptors", target, options),
    needs: ["prlimit"],
    inject: (context) =>
      onNodes(context, async (node) => {
        const { openFiles } = node.resources;
        const open = openFiles.open();
        if (open === undefined) throw new Error(`${node.name} does not run`);
        node.expectExit(context.id);
        await openFiles.limit(context.id, limit ?? firstGap(open));
      }),
    probe: (context) =>
      provenOnNodes(context, async ({ name, address, lastExit, resources: { openFiles } }) => {
        const open = openFiles.open();
        const allowed = Number(openFiles.allowed());
        if (open === undefined) return `${name} ${lastExit}`;
        const room = allowed - open.filter((number) => number < allowed).length;
        const fate = await fateOfConnections(address, room + 1);
        return `${name} may open ${room} more files, and a new connection is ${fate}`;
      }),
    heal: (context) =>
      onNodes(context, async (node) => {
        await node.resources.openFiles.lift(context.id);
        await revive(context, node);
      }),
    probeHealed: async (context) => {
      const lifted = await provenOnNodes(context, async ({ name, resources: { openFiles } }) => {
        const allowed = openFiles.allowed();
        if (openFiles.wanted === undefined && Number(allowed) <= firstGap(openFiles.open() ?? []))
          throw new Error(`${name} still has all of its ${allowed} files open`);
        return `${name} may have ${allowed} files open`;
      });
      return `${lifted}; ${await provenHealthyNodes(context)}`;
    },
  };
}

/** The number that the next file would get: the kernel gives the lowest free one, and a limit is one above the highest. */
function firstGap(open: readonly number[]): number {
  const gap = open.findIndex((number, index) => number !== index);
  return gap === -1 ? open.length : gap;
}

/**
 * Opens connections to host:port, and hangs up.
 * @returns what became of the one that was too many.
 * @throws Error when all were taken.
 */
async function fateOfConnections(address: string, count: number): Promise<string> {
  let closed = false;
  const sockets = Array.from({ length: count }, (): Socket => {
    const socket = connect(hostPort(address));
    socket.on("error", () => {});
    return socket.on("close", () => {
      closed = true;
    });
  });
  try {
    const fate = () => {
      if (closed) return "closed without a word";
      return waitingConnections(address) > 0 && "taken by nobody";
    };
    return await until(fate, `one of ${count} new connections to ${address} is refused`)
      .every("20ms")
      .atMost("1s");
  } catch (error) {
    if (error instanceof TimeoutError) throw new Error(`${count} new connections to ${address} are taken`);
    throw error;
  } finally {
    for (const socket of sockets) socket.removeAllListeners("close").destroy();
  }
}
