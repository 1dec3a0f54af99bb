import type { Silences } from "../checkers/silence.ts";
import type { RunRecord } from "../report/record.ts";
import { nameOf } from "./scenario-name.ts";

/** What one run says of a client library; counts are of records. */
export interface ClientRun {
  readonly client: string;
  /** What was broken: the name of the scenario's file. */
  readonly fault: string;
  /** Whether it says anything: its faults were proven, and it came to its end. */
  readonly decided: boolean;
  readonly acknowledged: number;
  /** Acknowledged and not there in the end. */
  readonly lost: number;
  /** In the log more than once. */
  readonly duplicated: number;
  /** Polled more than once by members of the group. */
  readonly redelivered: number;
  /** Sent, and neither acknowledged nor surely refused. */
  readonly unanswered: number;
  /** In ms; undefined: there was nothing to be acknowledged, or polled. */
  readonly acknowledgedGapMs: number | undefined;
  readonly polledGapMs: number | undefined;
  /** What fell silent for good, in some partition. */
  readonly hung: readonly ("sends" | "polls")[];
}

/** What all runs of one client under one fault come to: sums, and the longest gaps. */
export interface ClientResult extends Omit<ClientRun, "decided" | "hung"> {
  readonly runs: number;
  readonly decided: number;
  /** Of the runs that decide: how many had sends, and polls, that fell silent for good. */
  readonly hung: Readonly<Record<"sends" | "polls", number>>;
}

/** The client of a scenario, which is its variant, and what is done to it. */
export function clientOf(file: string): { readonly client: string; readonly fault: string } {
  const [path = "", client = ""] = file.split("#");
  return { client, fault: nameOf(path) };
}

/** When everything had been healed, in ns on the run's axis; undefined: it was not, or nothing struck. */
export function healedAt({ faults }: Pick<RunRecord, "faults">): number | undefined {
  const times = faults.map(({ healProvenAt }) => healProvenAt);
  return times.length > 0 && times.every((time) => time !== undefined) ? Math.max(...times) : undefined;
}

/** What a run says of its client. @param silences of its history, since its heal. */
export function clientRunOf(record: RunRecord, { acknowledged, polled }: Silences): ClientRun {
  const { checks, scenario, verdict } = record;
  const count = (checker: string, name: string) =>
    checks.find((check) => check.name === checker)?.counts[name] ?? 0;
  return {
    ...clientOf(scenario.file),
    decided: verdict === "passed" || verdict === "failed",
    acknowledged: count("log", "acknowledged"),
    lost: count("log", "lost"),
    duplicated: count("log", "duplicates"),
    redelivered: count("consumed", "consumed again"),
    unanswered: count("log", "info"),
    acknowledgedGapMs: acknowledged.longestMs,
    polledGapMs: polled.longestMs,
    hung: [
      ...(acknowledged.hung.length > 0 ? (["sends"] as const) : []),
      ...(polled.hung.length > 0 ? (["polls"] as const) : []),
    ],
  };
}

/** What runs come to, by client and fault in their order; those that decide nothing are only counted. */
export function clientResults(runs: readonly ClientRun[]): ClientResult[] {
  const groups = Map.groupBy(runs, ({ client, fault }) => `${client} ${fault}`);
  return [...groups.values()].map((group) => {
    const { client = "", fault = "" } = group[0] ?? {};
    const decided = group.filter((run) => run.decided);
    const sum = (of: (run: ClientRun) => number) => decided.reduce((total, run) => total + of(run), 0);
    const longest = (of: (run: ClientRun) => number | undefined) => {
      const known = decided.flatMap((run) => of(run) ?? []);
      return known.length === 0 ? undefined : Math.max(...known);
    };
    return {
      ...{ client, fault, runs: group.length, decided: decided.length },
      acknowledged: sum((run) => run.acknowledged),
      lost: sum((run) => run.lost),
      duplicated: sum((run) => run.duplicated),
      redelivered: sum((run) => run.redelivered),
      unanswered: sum((run) => run.unanswered),
      acknowledgedGapMs: longest((run) => run.acknowledgedGapMs),
      polledGapMs: longest((run) => run.polledGapMs),
      hung: {
        sends: sum(({ hung }) => (hung.includes("sends") ? 1 : 0)),
        polls: sum(({ hung }) => (hung.includes("polls") ? 1 : 0)),
      },
    };
  });
}
