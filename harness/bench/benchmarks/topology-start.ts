import type { Benchmark } from "../benchmark.ts";
import { withBrokers } from "../brokers.ts";
import { startReference } from "../reference-start.ts";

const baseline = "plain brokers only";

/** How long the reference topology takes to start from a warm cache. */
export const topologyStart: Benchmark = {
  name: "topology-start",
  about:
    "from the call to ready, warm cache; baseline: the three brokers alone, without our start-up work " +
    "(Java's default flags, no class archive, storage formatted by Kafka's tool)",
  rounds: 3,
  comparisons: [
    { what: "three brokers only", unit: "ms", better: "less", ours: "brokers", baseline },
    { what: "all but the service", unit: "ms", better: "less", ours: "backing", baseline },
    { what: "whole topology", unit: "ms", better: "less", ours: "topology", baseline },
  ],
  open: async (context) => [
    {
      name: "whole topology",
      measure: async () => {
        const { backingMs, readyMs } = await startReference(context);
        return { backing: [backingMs], topology: [readyMs] };
      },
    },
    {
      name: "our brokers",
      measure: () => withBrokers("ours", context, ({ startMs }) => ({ brokers: [startMs] })),
    },
    {
      name: "plain brokers",
      measure: () => withBrokers("plain", context, ({ startMs }) => ({ [baseline]: [startMs] })),
    },
  ],
};
