import { formatBytes } from "../provision/progress.ts";
import type { MemoryReading } from "../runtime/memory-limit.ts";
import { madeBy } from "../util/call.ts";
import type { Fault, FaultContext, Target } from "./fault.ts";
import { onNodes, provenHealthyNodes, provenOnNodes, revive } from "./on-nodes.ts";

/**
 * Lets a node have only so much memory, its page cache included: a control group's limit, without swap. At the limit the
 * kernel first takes page cache back, then kills a process of the node. The proof is that the node wanted more than the
 * limit; a limit it never reaches proves nothing. What was killed is started again at the heal.
 */
export function memoryLimit(target: Target, options: { readonly bytes: number }): Fault {
  const { bytes } = options;
  if (!(bytes >= 1_048_576)) throw new RangeError(`memory-limit: bytes must be 1 MiB or more, not ${bytes}`);
  const before = new Map<string, MemoryReading>();
  const key = ({ id }: FaultContext, node: string) => `${id} ${node}`;
  return {
    kind: "memory-limit",
    target,
    ...madeBy("memoryLimit", target, options),
    needs: ["cgroup-memory"],
    prepares: [{ type: "counted-memory" }],
    inject: (context) =>
      onNodes(context, async (node) => {
        node.expectExit(context.id);
        before.set(key(context, node.name), node.resources.memory.reading());
        node.resources.memory.limit(context.id, bytes);
      }),
    probe: (context) =>
      provenOnNodes(context, async ({ name, resources: { memory } }) => {
        const now = memory.reading();
        const hits = now.hits - (before.get(key(context, name))?.hits ?? 0);
        const kills = now.kills - (before.get(key(context, name))?.kills ?? 0);
        const use = `uses ${formatBytes(now.usedBytes)} of ${formatBytes(memory.inForce ?? bytes)}`;
        if (hits + kills <= 0) throw new Error(`${name} ${use} and wants no more`);
        return `${name} ${use}, wanted more ${hits} times${kills > 0 ? `, and the kernel killed ${kills} of its processes` : ""}`;
      }),
    heal: (context) =>
      onNodes(context, async (node) => {
        await node.resources.memory.lift(context.id);
        await revive(context, node);
      }),
    probeHealed: async (context) => {
      const lifted = await provenOnNodes(context, async ({ name, resources: { memory } }) => {
        if (memory.wanted === undefined && memory.inForce !== undefined)
          throw new Error(`${name} is still limited to ${formatBytes(memory.inForce)}`);
        return `${name} has its memory back`;
      });
      return `${lifted}; ${await provenHealthyNodes(context)}`;
    },
  };
}
