import { type Command, InvalidArgumentError, Option } from "commander";
import type { NetworkKind } from "../network/private-network.ts";
import { readLastFailed } from "../run/last-run.ts";
import { loadScenarios } from "../run/load-scenarios.ts";
import {
  type PlannedRun,
  parseShard,
  planRuns,
  type Shard,
  type SuiteName,
  selectScenarios,
  suiteNames,
} from "../run/suite-select.ts";
import { messageOf, UsageError } from "../util/errors.ts";
import { wholeNumber } from "./program.ts";

/** The options that choose what a suite runs; names and meanings are those of Playwright and vitest. */
export interface SelectionOptions {
  readonly suite?: SuiteName;
  readonly grep?: RegExp;
  readonly grepInvert?: RegExp;
  readonly lastFailed?: boolean;
  readonly repeatEach: number;
  readonly shard?: Shard;
  readonly reports: string;
}

const defaultReports = "reports";

/** Adds the options of {@link SelectionOptions}. */
export function withSelection(command: Command): Command {
  return command
    .addOption(
      new Option("--suite <name>", "only this suite (without patterns: default; with some: all)").choices(
        suiteNames,
      ),
    )
    .option("-g, --grep <regex>", "only scenarios whose path or title matches", parseRegex)
    .option("--grep-invert <regex>", "only scenarios whose path and title do not match", parseRegex)
    .option("--last-failed", "only scenarios that failed in the last run")
    .option("--repeat-each <n>", "run each so often, every time with the next seed", wholeNumber, 1)
    .option("--shard <i/n>", "only part i of n, for one of n machines", parseShard)
    .option("--reports <folder>", "where run folders go", defaultReports);
}

/**
 * The runs that patterns and options choose, in their order; none for `--last-failed` after nothing failed, and for a
 * shard when there are more shards than runs.
 * @throws UsageError when a pattern or the filters leave nothing.
 */
export async function chooseRuns(
  patterns: readonly string[],
  options: SelectionOptions,
  seed: number,
): Promise<PlannedRun[]> {
  const { lastFailed, grep, grepInvert, repeatEach, shard } = options;
  const failed = lastFailed ? readLastFailed(options.reports) : undefined;
  if (failed?.size === 0) return [];
  const named = patterns.length > 0 ? patterns : [...(failed ?? [])];
  const loaded = await loadScenarios(named);
  const selected = selectScenarios(loaded, {
    suite: options.suite ?? (named.length > 0 ? "all" : "default"),
    ...(grep === undefined ? {} : { grep }),
    ...(grepInvert === undefined ? {} : { grepInvert }),
    ...(failed === undefined ? {} : { lastFailed: failed }),
  });
  if (selected.length === 0) {
    throw new UsageError(
      `no scenario is left: of the ${loaded.length} that the patterns match, the other options leave none`,
      "faultline list shows all; look at --suite, --grep, --grep-invert and --last-failed",
    );
  }
  return planRuns(selected, { seed, repeatEach, ...(shard === undefined ? {} : { shard }) });
}

/** What is needed to run the same suite again. */
export interface RepeatedOptions extends SelectionOptions {
  readonly network: NetworkKind;
  readonly workers: number;
}

/**
 * The command that runs the same suite again: with the seed that was drawn, and with the files themselves where
 * `--last-failed` chose them, for it will choose others then.
 */
export function suiteCommand(
  patterns: readonly string[],
  options: RepeatedOptions,
  runs: readonly PlannedRun[],
  seed: number,
): string {
  const { suite, grep, grepInvert, lastFailed, repeatEach, shard, network, workers } = options;
  const named = lastFailed ? [...new Set(runs.map(({ file }) => file))] : patterns;
  const words = ["./faultline", "run", ...named, "--seed", String(seed)];
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined) words.push(name, value);
  };
  add("--suite", suite);
  add("--grep", grep?.source);
  add("--grep-invert", grepInvert?.source);
  add("--repeat-each", repeatEach === 1 ? undefined : String(repeatEach));
  add("--shard", shard && !lastFailed ? `${shard.index}/${shard.count}` : undefined);
  add("--network", network === "proxy" ? undefined : network);
  add("--workers", workers === 1 ? undefined : String(workers));
  add("--reports", options.reports === defaultReports ? undefined : options.reports);
  return words.map(quoted).join(" ");
}

/** A word as a shell reads it back. */
export const quoted = (word: string): string =>
  /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

function parseRegex(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}
