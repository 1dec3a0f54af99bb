import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import pc from "picocolors";
import { readBaseline } from "../compare/baseline.ts";
import { compareWindows } from "../compare/compare.ts";
import type { Comparison } from "../compare/comparison.ts";
import type { Side } from "../compare/interleave.ts";
import { thisMachine } from "../compare/machine-class.ts";
import { readWindows } from "../compare/read-windows.ts";
import { plainReporter } from "../provision/progress.ts";
import { provision } from "../provision/provision.ts";
import { type LoadTarget, takeTurns, takeWindows, type WindowOptions } from "../run/load-windows.ts";
import { createRunFolder } from "../run/run-folder.ts";
import { startAlone } from "../run/test-bed.ts";
import { stt } from "../topology/stt.ts";
import type { Topology } from "../topology/topology.ts";
import { UsageError } from "../util/errors.ts";
import { k6Script } from "../workload/k6/k6-options.ts";
import type { K6Options } from "../workload/k6.ts";
import { comparisonCodes, printComparison } from "./print-comparison.ts";

export interface LoadCompareOptions {
  /** A's address; absent: A is the reference service on a topology of its own. */
  readonly baseUrl?: string;
  /** B: the address of another service or, where A is ours, another entry file; absent: this class of machine's baseline. */
  readonly compare?: string;
  readonly pairs: number;
  readonly seed: number;
  readonly reports: string;
  /** Of tokens, for services that are not ours. */
  readonly jwtSecret: string;
}

/** A side of a comparison, before it runs. */
type Wanted = { readonly url: string } | { readonly topology: Topology };

const isUrl = (text: string): boolean => /^https?:\/\/./.test(text);

/**
 * What is compared with what.
 * @throws UsageError for sides that do not fit together, or an entry that is not there.
 */
export function wantedSides({ baseUrl, compare }: LoadCompareOptions): { a: Wanted; b?: Wanted } {
  const a: Wanted = baseUrl === undefined ? { topology: stt() } : { url: baseUrl };
  if (compare === undefined) return { a };
  if (isUrl(compare)) {
    if (baseUrl !== undefined) return { a, b: { url: compare } };
    throw new UsageError(`what is ${compare} compared with?`, "name the other service by --base-url");
  }
  if (baseUrl !== undefined || !existsSync(compare)) {
    throw new UsageError(
      `--compare ${compare} is ${baseUrl === undefined ? "no file" : "no URL, and A is one"}`,
      "compare two URLs (--base-url A --compare B), or our service with another entry file of it",
    );
  }
  return { a, b: { topology: stt({ entry: resolve(compare) }) } };
}

/**
 * Runs windows of load against A and B by turns, or against A alone beside a baseline, and tells a regression from noise. The windows are left, to be
 * compared again with other options.
 * @returns the exit code.
 * @throws UsageError for sides that do not fit together, or a script that is not there, before anything is started.
 */
export async function loadCompare(
  k6: K6Options,
  options: LoadCompareOptions,
  interrupted: AbortSignal,
): Promise<number> {
  const lost = new AbortController();
  const signal = AbortSignal.any([interrupted, lost.signal]);
  const wanted = wantedSides(options);
  k6Script(k6.script);
  const { seed, pairs, reports } = options;
  const log = (line: string) => console.error(pc.dim(line));
  const baseline = wanted.b === undefined ? await readBaseline("baselines", thisMachine()) : undefined;
  const run = createRunFolder(reports, "load-compare");
  const installed = await provision(["k6"], { signal, onProgress: plainReporter(log) });
  const window: WindowOptions = { k6, binary: installed.k6.binary, folder: resolve(run.path), signal };

  await using stack = new AsyncDisposableStack();
  const targetOf = async (side: Side, one: Wanted): Promise<LoadTarget> =>
    "url" in one
      ? {
          ...{ name: one.url, kafka: [], jwtSecret: options.jwtSecret },
          services: [{ name: side, baseUrl: one.url }],
        }
      : await start(`${run.id}-${side}`, one.topology);

  async function start(id: string, topology: Topology): Promise<LoadTarget> {
    const lent = stack.use(
      await startAlone({
        run: { id, command: "load --compare" },
        ...{ topology, network: "proxy", preparations: [], logFolder: join(run.logs, id) },
        installed: await provision(topology.components, { signal, onProgress: plainReporter(log) }),
        onLost: (error) => lost.abort(error),
        signal,
        step: (name, work) => {
          log(`${id}: ${name}`);
          return work();
        },
      }),
    );
    const { services, load, jwtSecret } = lent.topology;
    return { name: id, services, kafka: load.kafka, jwtSecret };
  }

  const a = await targetOf("a", wanted.a);
  let comparison: Comparison;
  if (wanted.b !== undefined) {
    const targets = { a, b: await targetOf("b", wanted.b) };
    for await (const { side, pair } of takeTurns(targets, { ...window, pairs, seed }))
      log(`pair ${pair + 1} of ${pairs}: a window of ${side.toUpperCase()}`);
    comparison = compareWindows(await sideIn(run.path, "a"), await sideIn(run.path, "b"));
  } else {
    let taken = 0;
    for await (const file of takeWindows(a, { ...window, count: pairs }))
      log(`window ${++taken} of ${pairs}: ${file}`);
    const kept = { name: baseline?.path ?? "", windows: baseline?.baseline.windows ?? [] };
    comparison = compareWindows(kept, await sideIn(run.path, "a"));
  }
  printComparison(comparison);
  const sides = wanted.b === undefined ? `${run.path}/a --baseline` : `${run.path}/a ${run.path}/b`;
  console.log(`  compared again: ./faultline compare ${sides}`);
  return comparisonCodes[comparison.verdict];
}

async function sideIn(folder: string, side: Side) {
  const path = join(folder, side);
  return { name: path, windows: await readWindows(path) };
}
