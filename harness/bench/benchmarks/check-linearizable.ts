import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { execute } from "../../provision/execute.ts";
import { plainReporter } from "../../provision/progress.ts";
import { provision } from "../../provision/provision.ts";
import { EnvironmentError } from "../../util/errors.ts";
import type { Arm, Benchmark, Comparison } from "../benchmark.ts";
import { type RegisterHistory, writeRegisterHistory } from "../register-history.ts";

const program = fileURLToPath(new URL("../check-linearizable-main.ts", import.meta.url));

/** A million operations, five clients a key. */
const large: RegisterHistory = {
  ...{ keys: 1_000, operationsPerKey: 1_000, clientsPerKey: 5, infosPerKey: 0 },
  ...{ reads: 0.5, cas: 0, values: 1_000, seed: 1 },
};
/** 170 events, ten of them infos, few values: many orders to try. */
const infos: RegisterHistory = {
  ...{ keys: 1, operationsPerKey: 85, clientsPerKey: 5, infosPerKey: 10 },
  ...{ reads: 0.5, cas: 0, values: 5, seed: 1 },
};

interface File {
  readonly name: string;
  readonly about: string;
  readonly history: RegisterHistory;
}

const files: readonly File[] = [
  { name: "large", about: "1,000,000 operations, 1000 keys", history: large },
  { name: "infos", about: "170 events, ten infos", history: infos },
  { name: "wrong", about: "the same, one read wrong", history: { ...infos, isWrong: true } },
];

const comparisons: readonly Comparison[] = files.flatMap(({ name, about }) =>
  (["read and check", "check only"] as const).map((part) => ({
    what: `${about}: ${part}`,
    unit: "ms",
    better: "less",
    ours: `ours, ${name}: ${part}`,
    baseline: `Porcupine, ${name}: ${part}`,
  })),
);

const answerSchema = z.object({ valid: z.boolean(), readMs: z.number(), checkMs: z.number() });

/** How long the linearizability checker takes, beside Porcupine on the same files. */
export const checkLinearizable: Benchmark = {
  name: "check-linearizable",
  about: "histories of registers, each side a new process; baseline: Porcupine (Go), which uses all cores",
  rounds: 3,
  comparisons,
  bounds: [
    {
      what: "linearizable, a million operations",
      unit: "ms",
      ours: "ours, large: read and check",
      limit: 15_000,
    },
    { what: "linearizable, ten infos", unit: "ms", ours: "ours, infos: read and check", limit: 5_000 },
    { what: "linearizable, ten infos, wrong", unit: "ms", ours: "ours, wrong: read and check", limit: 5_000 },
  ],
  open: async ({ signal, say }, stack) => {
    const { porcupine } = await provision(["porcupine"], { signal, onProgress: plainReporter(say) });
    const folder = await mkdtemp(join(tmpdir(), "faultline-bench-"));
    stack.defer(() => rm(folder, { recursive: true }));
    say("check-linearizable: writing the histories");
    for (const { name, history } of files) writeRegisterHistory(join(folder, name), history);
    const arm = (side: string, command: string, args: readonly string[]): Arm => ({
      name: side,
      measure: async () => {
        const samples: Record<string, number[]> = {};
        for (const { name, history } of files) {
          const { stdout } = await execute(command, [...args, join(folder, name)], { signal });
          const { valid, readMs, checkMs } = answerSchema.parse(JSON.parse(stdout));
          if (valid !== (history.isWrong !== true))
            throw new EnvironmentError(
              `${side} says of the history ${name} that it is ${valid ? "right" : "wrong"}`,
            );
          samples[`${side}, ${name}: read and check`] = [readMs + checkMs];
          samples[`${side}, ${name}: check only`] = [checkMs];
        }
        return samples;
      },
    });
    return [arm("ours", process.execPath, [program]), arm("Porcupine", porcupine.binary, [])];
  },
};
