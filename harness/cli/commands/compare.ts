import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { checkedOut, readBaseline, saveBaseline } from "../../compare/baseline.ts";
import { type ComparedSide, compareWindows } from "../../compare/compare.ts";
import { thisMachine } from "../../compare/machine-class.ts";
import { readWindows } from "../../compare/read-windows.ts";
import { comparisonJunit, comparisonMarkdown } from "../../compare/render.ts";
import { messageOf, UsageError } from "../../util/errors.ts";
import { comparisonCodes, printComparison } from "../print-comparison.ts";

interface CompareOptions {
  readonly baseline?: boolean;
  readonly saveBaseline?: boolean;
  readonly baselines: string;
  readonly metric?: string[];
  /** A share: 0.05 is 5 %. */
  readonly tolerance?: number;
  readonly json?: boolean;
  readonly junit?: string;
  readonly markdown?: string;
}

/** `faultline compare <a> [b]` */
export function compareCommand(): Command {
  return new Command("compare")
    .description("tell a regression of a load run from noise")
    .argument("<a>", "k6's JSON output: a file is one window, a folder has one in each file")
    .argument("[b]", "what is compared with it, likewise")
    .option("--baseline", "compare the one run with this class of machine's baseline")
    .option("--save-baseline", "keep the one run as this class of machine's baseline")
    .option("--baselines <folder>", "where baselines are", "baselines")
    .option("--metric <names...>", "only these metrics, by k6's names")
    .option(
      "--tolerance <percent>",
      "how much worse counts as the same (5%, of windows that ran apart 10%)",
      parsePercent,
    )
    .option("--json", "print the comparison as JSON on standard output")
    .option("--junit <file>", "write it as JUnit XML")
    .option("--markdown <file>", "write it as Markdown, for a pull request")
    .addHelpText(
      "after",
      `
Windows that took turns (A B B A ...) are compared in pairs; six pairs are the least, ten are good.

Examples:
  faultline compare windows/main windows/branch --markdown comparison.md
  faultline compare windows/main --save-baseline
  faultline compare windows/branch --baseline --junit comparison.xml

Exit codes: 0 no difference or an improvement, 99 a regression, 4 inconclusive: too noisy, or too few windows.`,
    )
    .action(compare);
}

async function compare(first: string, second: string | undefined, options: CompareOptions): Promise<void> {
  checkUsage(first, second, options);
  if (options.saveBaseline) return await keep(first, options.baselines);
  const { metric: metrics, tolerance } = options;
  const [a, b] = await sidesOf(first, second, options.baselines);
  const comparison = compareWindows(a, b, { metrics, tolerance });
  if (options.junit !== undefined) await write(options.junit, comparisonJunit(comparison));
  if (options.markdown !== undefined) await write(options.markdown, comparisonMarkdown(comparison));
  if (options.json) console.log(JSON.stringify(comparison, null, 2));
  else printComparison(comparison);
  process.exitCode = comparisonCodes[comparison.verdict];
}

function checkUsage(
  first: string,
  second: string | undefined,
  { baseline, saveBaseline, json, junit, markdown }: CompareOptions,
): void {
  const withBaseline = baseline || saveBaseline;
  if (baseline && saveBaseline) {
    throw new UsageError("--baseline and --save-baseline at once", "compare first, then keep the run");
  }
  if (withBaseline && second !== undefined) {
    throw new UsageError(
      "with a baseline there is one run to name",
      `faultline compare ${second} --baseline`,
    );
  }
  if (saveBaseline && (json || junit !== undefined || markdown !== undefined)) {
    throw new UsageError("--save-baseline compares nothing", "leave --json, --junit and --markdown out");
  }
  if (withBaseline) return;
  if (second === undefined) {
    throw new UsageError(
      `what is ${first} compared with?`,
      `faultline compare A B, or faultline compare ${first} --baseline`,
    );
  }
  if (resolve(first) === resolve(second)) {
    throw new UsageError("A and B are the same windows", "an A/A comparison needs windows of either side");
  }
}

/** A and B; with one run, A is the baseline. */
async function sidesOf(
  first: string,
  second: string | undefined,
  baselines: string,
): Promise<[ComparedSide, ComparedSide]> {
  if (second !== undefined) {
    const a = { name: first, windows: await readWindows(first) };
    return [a, { name: second, windows: await readWindows(second) }];
  }
  const { path, baseline } = await readBaseline(baselines, thisMachine());
  const of = baseline.commit === null ? "" : ` of ${baseline.commit}`;
  return [
    { name: `${path}${of}, ${baseline.madeAt}`, windows: baseline.windows },
    { name: first, windows: await readWindows(first) },
  ];
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error) => {
    throw new UsageError(`cannot write ${path}: ${messageOf(error)}`);
  });
}

async function keep(run: string, baselines: string): Promise<void> {
  const windows = await readWindows(run);
  const made = { machine: thisMachine(), at: new Date(), commit: await checkedOut(process.cwd()) };
  const path = await saveBaseline(baselines, windows, made);
  console.log(`${windows.length} windows are the baseline of machines like this one: ${path}`);
}

/** `5%` or `5` -> 0.05 */
function parsePercent(text: string): number {
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text) ?? [];
  if (percent === undefined) throw new InvalidArgumentError('write a share as "5%".');
  return Number(percent) / 100;
}
