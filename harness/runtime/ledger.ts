import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { z } from "zod";
import type { RunTraits } from "./proc.ts";

/**
 * What a run did to the machine, written ahead: an entry is on disk (fsync) before the deed, so that whoever finds
 * the ledger (the guardian, `faultline heal`) can undo all of it, even if the runner died between two lines.
 */
const entrySchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("run"),
    id: z.string(),
    pid: z.int(),
    startTicks: z.int(),
    command: z.string(),
  }),
  /** Another run has the nodes from now on. */
  z.object({ type: z.literal("lent"), run: z.string(), command: z.string() }),
  z.object({ type: z.literal("folder"), path: z.string() }),
  z.object({ type: z.literal("group"), path: z.string() }),
  z.object({ type: z.literal("starting"), node: z.string() }),
  z.object({ type: z.literal("started"), node: z.string(), pid: z.int(), startTicks: z.int() }),
  z.object({
    type: z.literal("fault"),
    id: z.string(),
    fault: z.string(),
    target: z.string(),
    nodes: z.array(z.string()),
  }),
  z.object({ type: z.literal("healed"), id: z.string() }),
]);

export type LedgerEntry = z.infer<typeof entrySchema>;

/** Appends to a run's ledger. */
export class Ledger implements Disposable {
  readonly path: string;
  readonly #file: number;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, "a");
  }

  /** Writes one entry; it is on disk when this returns. */
  write(entry: LedgerEntry): void {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
    fsyncSync(this.#file);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

/** The entries of a ledger. A torn last line (a crash in mid-write) is left out: its deed was not yet done. */
export function readLedger(path: string): LedgerEntry[] {
  const lines = readFileSync(path, "utf8").split("\n");
  lines.pop(); // after the last newline there is nothing, or a torn line
  return lines.map((line) => entrySchema.parse(JSON.parse(line)));
}

/** What tells the processes of the ledger's run from all others. */
export function traitsOf(entries: readonly LedgerEntry[]): RunTraits {
  const run = entries.find((entry) => entry.type === "run");
  return {
    runId: run?.id ?? "",
    folders: entries.filter((entry) => entry.type === "folder").map(({ path }) => path),
    known: entries.filter((entry) => entry.type === "started"),
  };
}

/** The control groups that were made, removed ones included. */
export const groupsOf = (entries: readonly LedgerEntry[]): string[] =>
  entries.filter((entry) => entry.type === "group").map(({ path }) => path);

/** Ids of the faults that were injected and not healed. One run after another may use the same ids. */
export function openFaults(entries: readonly LedgerEntry[]): string[] {
  const open = new Set<string>();
  for (const entry of entries) {
    if (entry.type === "fault") open.add(entry.id);
    if (entry.type === "healed") open.delete(entry.id);
  }
  return [...open];
}

/** The run that has the nodes now, of those that had them one after another; undefined: only ever one did. */
export const latestRun = (entries: readonly LedgerEntry[]): { run: string; command: string } | undefined =>
  entries.findLast((entry) => entry.type === "lent");
