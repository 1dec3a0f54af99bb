import pc from "picocolors";
import type { Verdict } from "../checkers/verdict.ts";
import type { RunResult } from "../run/runner.ts";
import { formatDuration } from "../util/duration.ts";
import { table } from "./table.ts";

const colours: Readonly<Record<Verdict, (text: string) => string>> = {
  passed: pc.green,
  failed: pc.red,
  inconclusive: pc.yellow,
  errored: pc.magenta,
};

/** Prints verdict, reasons, recovery times and where the report is. */
export function printVerdict({ record, report }: RunResult, write: (text: string) => void): void {
  const colour = colours[record.verdict];
  write(`\n${colour(pc.bold(record.verdict.toUpperCase()))}  ${record.scenario.title}`);
  for (const reason of record.reasons) write(`  ${colour("•")} ${reason}`);
  const rows = [
    ...record.faults.map(({ fault, nodes, rtoMs }) => [
      "  RTO",
      `${rtoMs === null || rtoMs === undefined ? "not recovered" : formatDuration(rtoMs)}  (${fault} ${nodes.join(", ")})`,
    ]),
    ["  report", report],
    ["  replay", record.replay],
  ];
  write(table(rows));
}
