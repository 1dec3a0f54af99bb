import pc from "picocolors";
import { countOutcomes } from "../report/suite-record.ts";
import type { SuiteResult } from "../run/suite.ts";
import { formatDuration } from "../util/duration.ts";
import { outcomeColours } from "./print-verdict.ts";
import { table } from "./table.ts";

/** Prints what did not pass, with how to run it again, and the sums. */
export function printSuite({ record, index }: SuiteResult, write: (text: string) => void): void {
  const notPassed = record.rows.filter(({ outcome }) => outcome !== "passed" && outcome !== "not run");
  if (notPassed.length > 0) {
    write("");
    write(
      table(
        notPassed.map(({ outcome, family, name, reasons: [why = ""], replay }) => [
          outcomeColours[outcome](outcome.toUpperCase()),
          `${family}/${name}`,
          why.length > 100 ? `${why.slice(0, 99)}…` : why,
          pc.dim(replay),
        ]),
      ),
    );
  }
  const sums = countOutcomes(record.rows).map(([outcome, count]) =>
    outcomeColours[outcome](`${count} ${outcome}`),
  );
  write(`\n${pc.bold(sums.reverse().join(", "))} in ${formatDuration(record.durationMs)}`);
  if (record.endedBy !== undefined) write(`ended early: ${record.endedBy}`);
  write(
    table([
      ["  index", index],
      ["  again", record.command],
    ]),
  );
}
