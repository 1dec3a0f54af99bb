import { z } from "zod";
import { EnvironmentError } from "../util/errors.ts";
import type { Arm, BenchContext, Samples } from "./benchmark.ts";
import { systemProgram } from "./environment.ts";
import { Forked } from "./forked.ts";
import { quantile } from "./statistics.ts";

const answerSchema = z.union([
  z.object({ samples: z.record(z.string(), z.array(z.number())) }),
  z.object({ error: z.string() }),
]);

/** A program of the system that measures inside its own process, so that both sides are measured in the same one. */
export class MeasuringProgram {
  readonly #process: Forked;
  readonly #signal: AbortSignal;

  /** Starts it; it ends with the stack. @param env where it finds what it measures. */
  constructor(
    name: Parameters<typeof systemProgram>[0],
    env: Readonly<Record<string, string>>,
    { signal }: BenchContext,
    stack: AsyncDisposableStack,
  ) {
    this.#process = stack.use(new Forked(systemProgram(name), env));
    this.#signal = signal;
  }

  /**
   * One of the program's arms, as one of ours.
   * @param digest makes series of a round out of what the program measured in it.
   */
  arm(name: string, digest: (samples: Samples) => Samples): Arm {
    return { name, measure: async () => digest(await this.#measure(name)) };
  }

  async #measure(arm: string): Promise<Samples> {
    const answer = answerSchema.parse(await this.#process.ask(arm, this.#signal));
    if ("error" in answer) throw new EnvironmentError(`${arm} was not measured: ${answer.error}`);
    return answer.samples;
  }
}

/** Quantiles of every series: `x` becomes `x p50`, `x p95` and `x p99`. */
export function quantilesOf(samples: Samples): Samples {
  const series = Object.entries(samples).flatMap(([name, values]) =>
    [50, 95, 99].map((percent): [string, number[]] => [
      `${name} p${percent}`,
      [quantile(values, percent / 100)],
    ]),
  );
  return Object.fromEntries(series);
}
