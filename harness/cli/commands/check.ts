import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import pc from "picocolors";
import { checkerNamed, describeCheckers } from "../../checkers/registry.ts";
import type { CheckResult, Verdict } from "../../checkers/verdict.ts";
import { type CheckBudget, checkApart } from "../../run/check-apart.ts";
import { milliseconds } from "../../util/duration.ts";
import { exitCodes, messageOf, UsageError } from "../../util/errors.ts";
import { table } from "../table.ts";

interface CheckOptions {
  readonly checker?: string;
  readonly model?: string;
  /** In ms. */
  readonly time: number;
  /** In bytes. */
  readonly memory: number;
  readonly reports: string;
}

/** `faultline check <file|run>` */
export function checkCommand(): Command {
  return new Command("check")
    .description("judge a history of anyone's, or a stored run again, with no cluster")
    .argument("<history>", "a history file, - for standard input, or a run's folder or name")
    .option("--checker <name>", "what to look for (of a run: instead of its scenario's own checks)")
    .option("--model <name>", "what the history is compared with, for a checker that has models")
    .addOption(
      new Option("--time <duration>", "how long it may take")
        .argParser(parseTime)
        .default(milliseconds("60s"), "60s"),
    )
    .addOption(
      new Option("--memory <size>", "heap and buffers it may use")
        .argParser(parseSize)
        .default(2 * 1024 ** 3, "2GiB"),
    )
    .option("--reports <folder>", "where runs are", "reports")
    .addHelpText(
      "after",
      `
Checkers:
${table(describeCheckers().map(([name, about]) => [`  ${name}`, about]))}

Examples:
  faultline check history.ndjson --checker log
  faultline check 20260314-091500-leader-crash
  zcat history.ndjson.gz | faultline check - --checker mutex

The verdict is JSON on standard output. Exit codes: 0 valid, 1 not valid, 4 unknown: the history does not decide it,
or the budget was spent; 2 the history is malformed, named by line.`,
    )
    .action(check);
}

async function check(history: string, options: CheckOptions): Promise<void> {
  const { checker, model, time, memory, reports } = options;
  if (checker !== undefined)
    checkerNamed(checker, model); // an unknown one is said before anything is read
  else if (model !== undefined) throw new UsageError("--model needs a --checker");
  const budget = { time, memoryBytes: memory };
  await using spool = await spooled(history);
  const target = await targetOf(spool?.path ?? history, reports);
  if (checker !== undefined) {
    const path = target.kind === "run" ? join(target.path, "history.ndjson") : target.path;
    return await checkFileAs(path, checker, model, budget); // awaited: the spool goes when this returns
  }
  if (target.kind === "run") return await checkRun(target.path, budget);
  const names = describeCheckers().map(([name]) => name);
  throw new UsageError(`${history} is a history: which checker?`, `--checker ${names.join(", ")}`);
}

async function checkFileAs(
  path: string,
  checker: string,
  model: string | undefined,
  budget: CheckBudget,
): Promise<void> {
  const request = { kind: "file", path, checker, ...(model === undefined ? {} : { model }) } as const;
  const answer = await checkApart(request, budget);
  const result: CheckResult =
    "overspent" in answer
      ? { name: checker, verdict: "inconclusive", reason: answer.overspent, anomalies: [], counts: {} }
      : answer.result;
  const notices = "overspent" in answer ? [] : answer.notices;
  console.log(JSON.stringify(verdictOf(result), null, 2));
  say(result.verdict, `${result.name}: ${result.reason}`, notices);
  process.exitCode = codes[result.verdict];
}

async function checkRun(folder: string, budget: CheckBudget): Promise<void> {
  const answer = await checkApart({ kind: "run", folder }, budget);
  if ("overspent" in answer) {
    const reasons = [answer.overspent];
    console.log(JSON.stringify({ valid: "unknown", verdict: "inconclusive", reasons }, null, 2));
    say("inconclusive", answer.overspent, []);
    process.exitCode = exitCodes.inconclusive;
    return;
  }
  const { verdict, recorded, differences, reasons, checks, thresholds, faults, notices } = answer;
  const same = differences.length === 0;
  const judged = { valid: validity[verdict], verdict, recorded, same, differences, reasons };
  console.log(JSON.stringify({ ...judged, checks: checks.map(verdictOf), thresholds, faults }, null, 2));
  say(verdict, reasons.join("; "), [
    same ? "the same verdict as recorded" : `not the verdict that was recorded: ${differences.join("; ")}`,
    ...notices,
  ]);
  process.exitCode = codes[verdict];
}

const validity: Readonly<Record<Verdict, true | false | "unknown">> = {
  passed: true,
  failed: false,
  inconclusive: "unknown",
  errored: "unknown",
};

const codes: Readonly<Record<Verdict, number>> = {
  passed: exitCodes.passed,
  failed: exitCodes.failed,
  inconclusive: exitCodes.inconclusive,
  errored: exitCodes.environment,
};

const verdictOf = ({ name, verdict, reason, anomalies, counts }: CheckResult) => ({
  valid: validity[verdict],
  checker: name,
  reason,
  anomalies,
  counts,
});

const colours = { passed: pc.green, failed: pc.red, inconclusive: pc.yellow, errored: pc.magenta } as const;

/** For people, beside the JSON. */
function say(verdict: Verdict, text: string, notices: readonly string[]): void {
  console.error(`${colours[verdict](pc.bold(verdict.toUpperCase()))}  ${text}`);
  for (const notice of notices) console.error(`  ${notice}`);
}

/** Standard input in a file of its own, while it is checked: it may have to be read twice. Undefined for any other history. */
async function spooled(history: string): Promise<(AsyncDisposable & { path: string }) | undefined> {
  if (history !== "-") return undefined;
  const folder = await mkdtemp(join(tmpdir(), "faultline-check-"));
  const path = join(folder, "standard-input.ndjson");
  await pipeline(process.stdin, createWriteStream(path));
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

async function targetOf(given: string, reports: string): Promise<{ kind: "file" | "run"; path: string }> {
  for (const path of [given, ...(given.includes("/") ? [] : [join(reports, given)])]) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) return { kind: found.isDirectory() ? "run" : "file", path };
  }
  throw new UsageError(
    `there is no history and no run ${given}`,
    `name a file in the format of docs/history-format.md, or a run's folder or its name under ${reports}/`,
  );
}

function parseTime(text: string): number {
  try {
    return milliseconds(text);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}

const sizeUnits = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(KiB|MiB|GiB)$/.exec(text);
  if (!match) throw new InvalidArgumentError('write a size as "512MiB" or "2GiB".');
  return Number(match[1]) * sizeUnits[match[2] as keyof typeof sizeUnits];
}
