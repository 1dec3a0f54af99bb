import type { Benchmark } from "../benchmark.ts";
import { standInService, startTopology } from "../environment.ts";
import { MeasuringProgram } from "../measuring-program.ts";

const messages = 1_000;

/** What a thousand messages take through the service's message port. */
export const serviceMessages: Benchmark = {
  name: "service-messages",
  about:
    `${messages} messages over three brokers, acks=all, idempotent, until the last has reached its handler; ` +
    "baseline: the same client alone, all in one send",
  rounds: 9,
  comparisons: [
    {
      what: `${messages} messages acknowledged`,
      unit: "ms",
      better: "less",
      ours: "published",
      baseline: "bare published",
    },
    {
      what: `${messages} messages handled`,
      unit: "ms",
      better: "less",
      ours: "handled",
      baseline: "bare handled",
    },
  ],
  bounds: [
    { what: `${messages} messages, published to handled`, unit: "ms", ours: "handled", limit: 30_000 },
  ],
  open: async (context, stack) => {
    const { running } = await startTopology(
      { redis: "single", instances: 1, entry: standInService },
      context,
      stack,
    );
    const env = { STT_KAFKA_BROKERS: running.endpoints.kafka ?? "", BENCH_MESSAGES: String(messages) };
    const program = new MeasuringProgram("messages", env, context, stack);
    return [program.arm("port", (samples) => samples), program.arm("bare", (samples) => samples)];
  },
};
