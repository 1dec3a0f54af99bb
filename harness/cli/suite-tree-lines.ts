import pc from "picocolors";
import { verdictSign } from "../report/format.ts";
import { countOutcomes, type Outcome } from "../report/suite-record.ts";
import { formatDuration } from "../util/duration.ts";
import { outcomeColours } from "./print-verdict.ts";
import { describeEnd, type RunProgress, type SuiteProgress } from "./suite-progress.ts";

/**
 * A suite as a tree: a headline with sums and times, a line a family, below it its runs. When there are more lines than
 * the terminal has rows, runs are folded into their family's line: those to come first, then those that passed.
 */
export function suiteTreeLines(progress: SuiteProgress, rows: number): string[] {
  const families = [...Map.groupBy(progress.runs, ({ family }) => family)];
  const draw = (shown: (run: RunProgress, family: readonly RunProgress[]) => boolean) => [
    headline(progress),
    ...families.flatMap(([name, runs]) => [
      familyLine(name, runs),
      ...runs.filter((run) => shown(run, runs)).map((run) => runLine(run, progress)),
    ]),
  ];
  const active = (runs: readonly RunProgress[]) => runs.some(({ state }) => state === "running");
  const notable = ({ state, row }: RunProgress) =>
    state === "running" || (state === "ended" && row?.outcome !== "passed");
  const foldings = [
    () => true,
    (run: RunProgress, family: readonly RunProgress[]) => notable(run) || active(family),
    (run: RunProgress, family: readonly RunProgress[]) =>
      notable(run) || (active(family) && run.state === "ended"),
    notable,
    ({ state }: RunProgress) => state === "running",
  ];
  const drawn = foldings.map(draw);
  return drawn.find((lines) => lines.length <= rows) ?? (drawn.at(-1) ?? []).slice(0, rows);
}

function headline(progress: SuiteProgress): string {
  const { ended, runs, elapsedMs, leftMs } = progress;
  const sums = sumsOf(runs);
  const left = ended < runs.length ? `, about ${formatDuration(leftMs)} left` : "";
  return `${ended} of ${runs.length} scenarios${sums && `: ${sums}`} · ${formatDuration(elapsedMs)}${left}`;
}

function familyLine(name: string, runs: readonly RunProgress[]): string {
  const ended = runs.filter(({ state }) => state === "ended").length;
  const rows = runs.flatMap(({ row }) => row ?? []);
  const [worst] = countOutcomes(rows)[0] ?? [];
  const running = runs.some(({ state }) => state === "running");
  const sign = running ? pc.cyan("▶") : ended === 0 ? pc.dim("·") : signOf(worst ?? "passed");
  const bad = sumsOf(runs.filter(({ row }) => row?.outcome !== "passed"));
  return `${sign} ${pc.bold(name)} ${pc.dim(`${ended}/${runs.length}`)}${bad && ` ${bad}`}`;
}

function runLine(run: RunProgress, progress: SuiteProgress): string {
  const { name, state, row, stage, detail, expectedMs } = run;
  if (state === "to come") return pc.dim(`  · ${name}`);
  if (state === "running") {
    const time = formatDuration(progress.runningMs(run));
    const doing = pc.dim(
      [`${time} of about ${formatDuration(expectedMs)}`, stage, detail].filter(Boolean).join(" · "),
    );
    return `  ${pc.cyan("▶")} ${name}  ${doing}`;
  }
  if (row === undefined) return `  ${name}`;
  const why =
    row.outcome === "passed" ? "" : `  ${outcomeColours[row.outcome](row.reasons[0] ?? row.outcome)}`;
  return `  ${signOf(row.outcome)} ${name}  ${pc.dim(describeEnd(row))}${why}`;
}

const signOf = (outcome: Outcome): string => outcomeColours[outcome](verdictSign[outcome]);

/** `11 passed, 1 failed`, each in its colour; empty for none. */
function sumsOf(runs: readonly RunProgress[]): string {
  return countOutcomes(runs.flatMap(({ row }) => row ?? []))
    .reverse()
    .map(([outcome, count]) => outcomeColours[outcome](`${count} ${outcome}`))
    .join(", ");
}
