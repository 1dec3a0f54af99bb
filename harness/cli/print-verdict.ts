import pc from "picocolors";
import type { FaultRecord } from "../report/record.ts";
import type { Outcome } from "../report/suite-record.ts";
import type { RunResult } from "../run/runner.ts";
import { formatDuration } from "../util/duration.ts";
import { table } from "./table.ts";

/** The colour of an outcome on a terminal. */
export const outcomeColours: Readonly<Record<Outcome, (text: string) => string>> = {
  passed: pc.green,
  failed: pc.red,
  inconclusive: pc.yellow,
  errored: pc.magenta,
  "not run": pc.dim,
};

/** Prints verdict, reasons, recovery times and where the report is. */
export function printVerdict({ record, report }: RunResult, write: (text: string) => void): void {
  const colour = outcomeColours[record.verdict];
  write(`\n${colour(pc.bold(record.verdict.toUpperCase()))}  ${record.scenario.title}`);
  for (const reason of record.reasons) write(`  ${colour("•")} ${reason}`);
  const rows = [
    ...record.faults.map((fault) => ["  RTO", recoveryOf(fault)]),
    ["  report", report],
    ["  replay", record.replay],
  ];
  write(table(rows));
}

/** `7.2 s  (kill kafka-2)` */
function recoveryOf({ fault, target, nodes, injectedAt, rtoMs }: FaultRecord): string {
  const struck = `(${fault} ${nodes.length > 0 ? nodes.join(", ") : target})`;
  if (injectedAt === undefined) return `it did not strike  ${struck}`;
  return `${rtoMs === null || rtoMs === undefined ? "not recovered" : formatDuration(rtoMs)}  ${struck}`;
}
