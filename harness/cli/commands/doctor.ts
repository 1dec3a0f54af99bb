import { Command } from "commander";
import pc from "picocolors";
import { canRun, examine } from "../../provision/doctor/examine.ts";
import type { Row } from "../../provision/doctor/row.ts";
import { componentNames } from "../../provision/manifest.ts";
import { plainReporter } from "../../provision/progress.ts";
import { provision } from "../../provision/provision.ts";
import { EnvironmentError, exitCodes } from "../../util/errors.ts";

interface DoctorOptions {
  fix?: true;
  json?: true;
}

/** `faultline doctor`: what this machine has, what is missing, and what to do about it. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("show what this machine has and lacks, and what to do about it")
    .option("--fix", "install what can be installed, and print the command for the rest")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Examples:
  faultline doctor           a table: component, wanted, found, where, fix
  faultline doctor --fix     installs every component, k6 as well (its first build takes minutes)
  faultline doctor --json    for scripts: { "ok": true, "rows": [...] }

Exit code 0 when \`npm start\` can run here, 3 when it cannot.`,
    )
    .action(doctor);
}

async function doctor(options: DoctorOptions): Promise<void> {
  const failure = options.fix ? await installAll() : undefined;
  const rows = await examine();
  const ok = canRun(rows) && failure === undefined;
  if (options.json) console.log(JSON.stringify({ ok, rows }, null, 2));
  else {
    console.log(renderTable(rows));
    if (failure !== undefined) {
      console.error(`\n${pc.red(failure.message)}${failure.hint === undefined ? "" : `\n${failure.hint}`}`);
    }
    console.log(`\n${conclusion(rows, ok)}`);
  }
  if (!ok) process.exitCode = exitCodes.environment;
}

/**
 * Installs every component but those that the main job does without and this machine offers no way to. One that fails does not
 * keep the table from being shown.
 */
async function installAll(): Promise<EnvironmentError | undefined> {
  const optional = (await examine()).filter(({ status }) => status === "optional");
  const impossible = new Set(optional.map(({ component }) => component));
  try {
    await provision(
      componentNames.filter((name) => !impossible.has(name)),
      { onProgress: plainReporter((line) => console.error(line)) },
    );
    return undefined;
  } catch (error) {
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
}

const SYMBOLS = {
  ok: pc.green("ok"),
  installable: pc.yellow("--"),
  optional: pc.dim("--"),
  blocking: pc.red("NO"),
} as const;

const COLUMNS = ["component", "wanted", "found", "where"] as const;
/** Longer text runs on to the right in the last column, and is shortened in the others. */
const WIDEST = 30;

/** The table for people: aligned columns, and what to do about a row below it. */
export function renderTable(rows: readonly Row[]): string {
  const widths = COLUMNS.map((column) =>
    Math.min(WIDEST, Math.max(column.length, ...rows.map((row) => row[column].length))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (index === cells.length - 1 ? cell : shorten(cell, widths[index] ?? 0)))
      .join("  ");
  const header = `    ${line(COLUMNS)}`;
  const body = rows.flatMap((row) => [
    `${SYMBOLS[row.status]}  ${line(COLUMNS.map((column) => row[column]))}`.trimEnd(),
    ...row.fix.split("\n").flatMap((fix) => (fix === "" ? [] : [`      ${pc.dim("->")} ${fix}`])),
  ]);
  return [header, ...body].join("\n");
}

function shorten(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}

function conclusion(rows: readonly Row[], ok: boolean): string {
  const toInstall = rows.filter((row) => row.status === "installable").map((row) => row.component);
  if (!ok) return pc.red("The main job cannot run here yet.");
  if (toInstall.length === 0) return pc.green("Everything the main job needs is here.");
  return `The main job can run; it will install what it needs of: ${toInstall.join(", ")}.`;
}
