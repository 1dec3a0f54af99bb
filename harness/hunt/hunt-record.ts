import type { Verdict } from "../checkers/verdict.ts";
import type { NetworkKind } from "../network/private-network.ts";
import type { FaultRecord, RunRecord, WrittenFault } from "../report/record.ts";

/** One run of a hunt. */
export interface HuntedRun {
  readonly number: number;
  readonly seed: number;
  /** As it was drawn. */
  readonly schedule: readonly WrittenFault[];
  /** The same for people, a fault each. */
  readonly described: readonly string[];
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  /** What was wrong; empty unless it failed. */
  readonly signatures: readonly string[];
  readonly struck: readonly Strike[];
  /** Faults that were not proven to strike, and why. */
  readonly unproven: readonly { readonly fault: string; readonly why: string }[];
  readonly durationMs: number;
  /** Where it is kept; absent for one that passed. */
  readonly folder?: string;
}

/** A fault that was proven to strike. */
export interface Strike {
  readonly fault: string;
  /** The kinds of the nodes that it struck, or that its links connect. */
  readonly kinds: readonly string[];
}

/** `hunt.json`: a whole hunt. */
export interface HuntRecord {
  readonly formatVersion: 1;
  readonly id: string;
  readonly scenario: { readonly file: string; readonly title: string };
  /** The file of the scenario whose topology was struck instead. */
  readonly topologyOf?: string;
  readonly seed: number;
  readonly network: NetworkKind;
  readonly budgetMs: number;
  /** At most so many faults in a schedule. */
  readonly faults: number;
  /** The kinds that were drawn from. */
  readonly kinds: readonly string[];
  /** Kinds that this machine cannot do, and why. */
  readonly unsupported: readonly string[];
  /** Wall clock, ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** Why it ended: `the budget is spent`. */
  readonly endedBy: string;
  readonly runs: readonly HuntedRun[];
}

/** What a run adds to the coverage of a hunt. */
export function strikesOf({ faults, topology }: RunRecord): Strike[] {
  const kindOf = new Map(topology.nodes.map(({ name, kind }) => [name, kind]));
  const kinds = ({ nodes, links }: FaultRecord) => {
    const names = nodes.length > 0 ? nodes : links.flatMap((link) => link.split(" -> "));
    return [...new Set(names.map((name) => kindOf.get(name) ?? name))].sort();
  };
  return faults
    .filter(({ provenAt }) => provenAt !== undefined)
    .map((fault) => ({ fault: fault.fault, kinds: kinds(fault) }));
}

/** Faults of a run that were to strike, and were not proven to. */
export const unprovenOf = ({ faults }: RunRecord): HuntedRun["unproven"] =>
  faults
    .filter(({ provenAt }) => provenAt === undefined)
    .map(({ fault, target, error = "no proof" }) => ({ fault, why: `${target}: ${error}` }));

/** The failures of a hunt by what was wrong first, the most frequent before the others. */
export function failuresBySignature(
  runs: readonly HuntedRun[],
): { signature: string; runs: readonly HuntedRun[] }[] {
  const failed = runs.filter(({ verdict }) => verdict === "failed");
  return [...Map.groupBy(failed, ({ signatures }) => signatures[0] ?? "unknown")]
    .map(([signature, members]) => ({ signature, runs: members }))
    .sort((a, b) => b.runs.length - a.runs.length);
}

/** How often each kind of fault struck each kind of node: `kill` -> `kafka` -> 3. */
export function coverage(runs: readonly HuntedRun[]): Map<string, Map<string, number>> {
  const table = new Map<string, Map<string, number>>();
  for (const { fault, kinds } of runs.flatMap(({ struck }) => struck)) {
    const row = table.get(fault) ?? new Map<string, number>();
    table.set(fault, row);
    for (const kind of kinds) row.set(kind, (row.get(kind) ?? 0) + 1);
  }
  return table;
}
