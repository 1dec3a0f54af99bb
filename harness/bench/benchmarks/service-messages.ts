import { stt } from "../../topology/stt.ts";
import type { Benchmark } from "../benchmark.ts";
import { newRuntime, provisioned, standInService, untimedStep } from "../environment.ts";
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
    const runtime = stack.use(newRuntime(context));
    const running = stack.use(
      await stt({ redis: "single", instances: 1, entry: standInService }).start({
        runtime,
        installed: await provisioned(context),
        signal: context.signal,
        step: untimedStep,
      }),
    );
    const env = { STT_KAFKA_BROKERS: running.endpoints.kafka ?? "", BENCH_MESSAGES: String(messages) };
    const program = new MeasuringProgram("messages", env, context, stack);
    return [program.arm("port", (samples) => samples), program.arm("bare", (samples) => samples)];
  },
};
