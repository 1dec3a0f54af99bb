import { addAbortListener } from "node:events";
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
async function runWindow(
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
  // Also of a signal that aborted while k6 was starting. Nothing of a window that is cut short is wanted.
  using _killed = addAbortListener(signal, () => void child[Symbol.asyncDispose]());
  const { code, signal: by } = await child.ended;
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
  const { pairs, seed, signal } = options;
  const a = await windowsOf("a", targets.a, options);
  const b = await windowsOf("b", targets.b, options);
  yield* interleave({ a, b }, { pairs, seed, signal });
}

/** Windows of A alone, after one that warms it up; left in `folder/a`. Yields the file of each. */
export async function* takeWindows(
  target: LoadTarget,
  options: WindowOptions & { readonly count: number },
): AsyncGenerator<string> {
  const window = await windowsOf("a", target, options);
  for (let taken = 0; taken < options.count; taken++) yield await window();
}

/** Warms a side up. @returns what runs its next window. */
async function windowsOf(
  side: Side,
  target: LoadTarget,
  options: WindowOptions,
): Promise<() => Promise<string>> {
  const folder = join(options.folder, side);
  await mkdir(folder, { recursive: true });
  await runWindow(target, undefined, options);
  let count = 0;
  return async () => {
    const file = join(folder, `${String(count++).padStart(2, "0")}.json.gz`);
    await runWindow(target, file, options);
    return file;
  };
}
