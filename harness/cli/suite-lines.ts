import pc from "picocolors";
import type { SuiteObserver } from "../run/suite.ts";
import { outcomeColours } from "./print-verdict.ts";
import { describeEnd, type SuiteProgress } from "./suite-progress.ts";

/** Where lines go: progress, and results. */
export interface LineWriters {
  readonly progress: (line: string) => void;
  readonly result: (line: string) => void;
}

/** A suite as plain lines, for pipes and CI: one when a run starts, one when it ends, with its reasons unless it passed. */
export function suiteLines(
  progress: SuiteProgress,
  { progress: say, result: print }: LineWriters,
): SuiteObserver {
  return (event) => {
    progress.take(event);
    if (event.type === "notice") say(event.text);
    if (event.type !== "started" && event.type !== "ended") return;
    const run = progress.runs[event.place];
    if (run === undefined) return;
    const name = `${run.family}/${run.name}`;
    const total = progress.runs.length;
    if (event.type === "started") {
      say(pc.dim(`[${progress.started}/${total}] ${name} ...`));
      return;
    }
    const { row } = event;
    const colour = outcomeColours[row.outcome];
    const outcome = colour(row.outcome.toUpperCase());
    print(`[${progress.ended}/${total}] ${outcome} ${name} ${describeEnd(row)}`);
    if (row.outcome !== "passed") for (const reason of row.reasons) print(`  ${colour("•")} ${reason}`);
  };
}
