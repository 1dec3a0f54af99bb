import type { Node } from "../../runtime/node.ts";
import type { Benchmark, Samples } from "../benchmark.ts";
import { withBrokers } from "../brokers.ts";
import { newRuntime, provisioned, referenceTopology, untimedStep } from "../environment.ts";

const baseline = "plain broker";
const kinds = [...new Set(referenceTopology.nodes.map(({ kind }) => kind))];

/** Resident memory of the reference topology, by kind of node. */
export const memory: Benchmark = {
  name: "memory",
  about: "resident memory once all nodes are ready; baseline: a broker with Java's default flags",
  rounds: 2,
  comparisons: [
    ...kinds.map((kind) => ({
      what: `a ${kind} node`,
      unit: "bytes" as const,
      better: "less" as const,
      ours: kind,
      ...(kind === "kafka" ? { baseline } : {}),
    })),
    { what: `all ${referenceTopology.nodes.length} nodes`, unit: "bytes", better: "less", ours: "all" },
  ],
  open: async (context) => [
    {
      name: "whole topology",
      measure: async () => {
        const installed = await provisioned(context);
        await using runtime = newRuntime(context);
        await using running = await referenceTopology.start({
          runtime,
          installed,
          signal: context.signal,
          step: untimedStep,
        });
        return byKind(running.nodes);
      },
    },
    {
      name: "plain brokers",
      measure: () => withBrokers("plain", context, ({ nodes }) => ({ [baseline]: nodes.map(residentBytes) })),
    },
  ],
};

function byKind(nodes: readonly Node[]): Samples {
  const all = nodes.map((node) => ({ kind: node.kind, bytes: residentBytes(node) }));
  const samples = kinds.map((kind): [string, number[]] => [
    kind,
    all.filter((node) => node.kind === kind).map(({ bytes }) => bytes),
  ]);
  return { ...Object.fromEntries(samples), all: [all.reduce((sum, { bytes }) => sum + bytes, 0)] };
}

/** @throws Error when the node does not run. */
function residentBytes(node: Node): number {
  const usage = node.usage();
  if (!usage) throw new Error(`${node.name} ended while its memory was measured`);
  return usage.rssBytes;
}
