import { madeBy } from "../util/call.ts";
import type { Fault, FaultContext, Target } from "./fault.ts";
import { onNodes, provenHealthyNodes, provenOnNodes } from "./on-nodes.ts";

/**
 * Lets a node have only so much of the processor: a control group's quota, in slices of 100 ms, over all its threads
 * and children. The proof is the kernel's own count of the time it was held back, so a node that wants less than the
 * limit proves nothing.
 * @param options.cores 0.2 is a fifth of one core; at least 0.01.
 */
export function cpuLimit(target: Target, options: { readonly cores: number }): Fault {
  const { cores } = options;
  if (!(cores >= 0.01)) throw new RangeError(`cpu-limit: cores must be 0.01 or more, not ${cores}`);
  const heldBackBefore = new Map<string, number>();
  const key = ({ id }: FaultContext, node: string) => `${id} ${node}`;
  return {
    kind: "cpu-limit",
    target,
    ...madeBy("cpuLimit", target, options),
    needs: ["cgroup-cpu"],
    inject: (context) =>
      onNodes(context, async ({ name, resources: { cpu } }) => {
        cpu.limit(context.id, cores);
        heldBackBefore.set(key(context, name), cpu.throttledMs());
      }),
    probe: (context) =>
      provenOnNodes(context, async ({ name, resources: { cpu } }) => {
        const heldBackMs = cpu.throttledMs() - (heldBackBefore.get(key(context, name)) ?? 0);
        if (heldBackMs <= 0) throw new Error(`${name} wants no more than ${cpu.inForce} cores`);
        return `${name} may use ${cpu.inForce} cores and was held back for ${heldBackMs.toFixed(1)} ms`;
      }),
    heal: (context) => onNodes(context, ({ resources }) => resources.cpu.lift(context.id)),
    probeHealed: async (context) => {
      const lifted = await provenOnNodes(context, async ({ name, resources: { cpu } }) => {
        if (cpu.wanted === undefined && cpu.inForce !== undefined)
          throw new Error(`${name} is still limited to ${cpu.inForce} cores`);
        return `${name} has its processor time back`;
      });
      return `${lifted}; ${await provenHealthyNodes(context)}`;
    },
  };
}
