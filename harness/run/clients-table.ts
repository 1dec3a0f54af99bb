import type { ClientResult } from "./clients.ts";
import { markdownTable } from "./page-table.ts";

const head = [
  "client",
  "fault",
  "runs",
  "acknowledged",
  "lost",
  "duplicated",
  "redelivered",
  "sends without an answer",
  "longest gap of acknowledgements (s)",
  "longest gap of polls (s)",
  "hung",
];

/** What each client did under each fault, as a Markdown table. */
export function clientsTable(results: readonly ClientResult[]): string {
  return markdownTable(head, results.map(clientCells));
}

/** The cells of one row; of runs that decided nothing there is nothing to say. */
export function clientCells(result: ClientResult): string[] {
  const { client, fault, runs, decided, acknowledged, lost, duplicated, redelivered, unanswered } = result;
  const which = [client, fault.replaceAll("-", " "), decided === runs ? `${runs}` : `${decided} of ${runs}`];
  if (decided === 0) return [...which, ...head.slice(which.length).map(() => "–")];
  return [
    ...which,
    String(acknowledged),
    lost === 0 ? "0" : `**${lost}**`,
    ...[duplicated, redelivered, unanswered].map(String),
    ...[result.acknowledgedGapMs, result.polledGapMs].map(seconds),
    hungIn(result),
  ];
}

const seconds = (ms: number | undefined): string => (ms === undefined ? "–" : (ms / 1_000).toFixed(1));

/** `sends in 2 of 3` */
function hungIn({ hung, decided }: ClientResult): string {
  const kinds = (["sends", "polls"] as const).filter((kind) => hung[kind] > 0);
  return kinds.map((kind) => `**${kind}** in ${hung[kind]} of ${decided}`).join(", ") || "no";
}
