import { formatDuration } from "../util/duration.ts";
import { formatNumber } from "./format.ts";
import type { OperationsView } from "./operations.ts";
import type { RunRecord } from "./record.ts";

/** One number of the report's head. */
export interface Headline {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  /** `bad` and `good` are said by the note as well. */
  readonly tone: "good" | "bad" | "plain";
}

/** The numbers people ask for first; one that the run does not know is left out. */
export function headlines(record: RunRecord, operations: OperationsView): Headline[] {
  const accepted = countOf(record, ["accepted"]);
  const completed = countOf(record, ["completed"]);
  return [
    ...rto(record),
    ...faultAvailability(operations),
    ...(accepted === null ? [] : [plain("Accepted", accepted, "recordings")]),
    ...(completed === null ? [] : [plain("Completed", completed, share(completed, accepted))]),
    ...mustBeZero("Lost", lostOf(record), ["no accepted work was lost", "accepted and lost"]),
    ...mustBeZero("Duplicates", duplicatesOf(record), ["nothing was submitted twice", "submitted again"]),
  ];
}

function rto(record: RunRecord): Headline[] {
  const injected = record.faults.filter(
    (fault) => fault.injectedAt !== undefined && fault.rtoMs !== undefined,
  );
  if (injected.length === 0) return [];
  const times = injected.map((fault) => fault.rtoMs ?? null);
  const note =
    injected.length === 1 ? "from injection to steady again" : `worst of ${injected.length} faults`;
  if (times.includes(null)) return [{ label: "RTO", value: "never", note, tone: "bad" }];
  const worst = Math.max(...times.map((time) => time ?? 0));
  return [{ label: "RTO", value: formatDuration(worst), note, tone: "plain" }];
}

function faultAvailability(operations: OperationsView): Headline[] {
  const rows = operations.table.filter((row) => row.phase === "fault");
  const invoked = rows.reduce((sum, row) => sum + row.invoked, 0);
  if (invoked === 0) return [];
  const served = rows.reduce((sum, row) => sum + row.ok + row.no, 0);
  const percent = Math.floor((served / invoked) * 1_000) / 10;
  return [
    { label: "Available", value: `${percent}%`, note: "operations served in phase fault", tone: "plain" },
  ];
}

function plain(label: string, value: number, note: string): Headline {
  return { label, value: formatNumber(value), note, tone: "plain" };
}

function mustBeZero(label: string, value: number | null, notes: readonly [string, string]): Headline[] {
  if (value === null) return [];
  const [none, some] = notes;
  const zero = value === 0;
  return [{ label, value: formatNumber(value), note: zero ? none : some, tone: zero ? "good" : "bad" }];
}

function share(part: number, whole: number | null): string {
  if (whole === null || whole === 0) return "seen to their end";
  return part === whole
    ? "all of the accepted"
    : `${(Math.floor((part / whole) * 1_000) / 10).toFixed(1)}% of accepted`;
}

/** Lost work: what the checks counted, else what the faults were charged with. */
function lostOf(record: RunRecord): number | null {
  return countOf(record, ["lost"]) ?? sumOfFaults(record, "lost");
}

function duplicatesOf(record: RunRecord): number | null {
  return countOf(record, ["duplicates", "duplicated"]) ?? sumOfFaults(record, "duplicated");
}

/** The first count of one of these names in any check. */
function countOf(record: RunRecord, names: readonly string[]): number | null {
  const entries = record.checks.flatMap((check) => Object.entries(check.counts));
  return entries.find(([name]) => names.includes(name))?.[1] ?? null;
}

function sumOfFaults(record: RunRecord, name: "lost" | "duplicated"): number | null {
  const values = record.faults.flatMap((fault) => fault[name] ?? []);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}
