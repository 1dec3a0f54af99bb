import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { interleave, type Ran, type Side } from "../compare/interleave.ts";
import { EnvironmentError } from "../util/errors.ts";
import { type K6Options, type K6Surroundings, k6Environment, k6Script } from "../workload/k6/k6-options.ts";
import { K6Process, k6ExitCodes, lastLines } from "../workload/k6/k6-process.ts";

/** A service that windows of load are run against. */
export type LoadTarget = Pick<K6Surroundings, "services" | "kafka" | "jwtSecret"> & { readonly name: string };

export interface WindowOptions {
  readonly k6: K6Options;
  readonly binary: string;
  /** Where windows and logs go. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * Loads a service once, whatever thresholds say of it.
 * @param file of k6's samples; absent: it only warms up.
 * @throws EnvironmentError when k6 does not come to its end; the signal's reason when it aborts.
 */
export async function runWindow(
  target: LoadTarget,
  file: string | undefined,
  { k6, binary, folder, signal }: WindowOptions,
): Promise<void> {
  signal.throwIfAborted();
  const logFile = join(folder, "k6.log");
  await using child = await K6Process.start(
    {
      ...{ binary, script: k6Script(k6.script), folder, logFile },
      args: ["--no-thresholds"],
      env: k6Environment(k6, { ...target, folder }),
      ...(file === undefined ? {} : { output: file }),
    },
    () => {},
  );
  const interrupt = () => child.interrupt();
  signal.addEventListener("abort", interrupt, { once: true });
  const { code, signal: by } = await child.ended;
  signal.removeEventListener("abort", interrupt);
  signal.throwIfAborted();
  if (code === k6ExitCodes.ok) return;
  throw new EnvironmentError(
    `a window of load against ${target.name} ended with ${by ?? code}${await lastLines(logFile)}`,
    { hint: `see ${logFile}` },
  );
}

/**
 * Windows of A and B by turns, each after one that warms it up and is thrown away. They are left in `folder/a` and `folder/b`, for
 * `faultline compare`.
 */
export async function* takeTurns(
  targets: Readonly<Record<Side, LoadTarget>>,
  options: WindowOptions & { readonly pairs: number; readonly seed: number },
): AsyncGenerator<Ran<string>> {
  const { folder, pairs, seed, signal } = options;
  for (const side of ["a", "b"] as const) {
    await mkdir(join(folder, side), { recursive: true });
    await runWindow(targets[side], undefined, options);
  }
  const count = { a: 0, b: 0 };
  const window = (side: Side) => async (): Promise<string> => {
    const file = join(folder, side, `${String(count[side]++).padStart(2, "0")}.json.gz`);
    await runWindow(targets[side], file, options);
    return file;
  };
  yield* interleave({ a: window("a"), b: window("b") }, { pairs, seed, signal });
}
