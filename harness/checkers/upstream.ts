import type { HistoryEvent } from "../history/event.ts";
import { type OkValue, okValue } from "../history/transcription-operations.ts";
import { anomaly, resultOf } from "./result.ts";
import type { Anomaly, Checker, CheckResult } from "./verdict.ts";

export interface SubmittedOnceOptions {
  /** So many superfluous posts in the whole run are borne (default 0): at-least-once delivery repeats one it cannot know. */
  readonly tolerate?: number;
}

/**
 * Each recording goes upstream once, for its transcript and for its summary, by the upstream's own journal:
 * `duplicate-submission`, `duplicate-summary`. Without a read of the journal, or when the journal misses the
 * submission of a recording that completed (it was lost or cut off): inconclusive.
 */
export function submittedOnce(options: SubmittedOnceOptions = {}): Checker {
  return { name: "submitted-once", check: (events) => check(events, options.tolerate ?? 0) };
}

function check(events: readonly HistoryEvent[], tolerate: number): CheckResult {
  const reads = events.filter(({ f, type }) => f === "upstream" && type === "ok");
  const read = reads.at(-1);
  if (read === undefined) {
    const gaps = ["the upstream's journal was not read"];
    return resultOf("submitted-once", { anomalies: [], gaps, passedReason: "", counts: {} });
  }
  const journal = okValue("upstream", read);
  const repeated = [
    ...repeats("duplicate-submission", "submitted for its transcript", journal.submissions, read),
    ...repeats("duplicate-summary", "submitted for its summary", journal.summaries, read),
  ];
  const duplicates = repeated.reduce((sum, { extra }) => sum + extra, 0);
  const absent = completedRecordings(events).filter((id) => !inJournal(journal, id));
  const posts = Object.values(journal.submissions).reduce((sum, count) => sum + count, 0);

  return resultOf("submitted-once", {
    anomalies: duplicates > tolerate ? repeated.map((repeat) => repeat.anomaly) : [],
    gaps: [
      ...(posts === 0 ? ["no recording was submitted upstream"] : []),
      ...(absent.length > 0
        ? [
            `the upstream's journal is incomplete: ${absent.length} completed recording(s) not in it (${absent[0]})`,
          ]
        : []),
    ],
    passedReason: `${posts} submissions, ${duplicates} superfluous post(s), ${tolerate} tolerated`,
    counts: { submissions: posts, duplicates, unattributed: journal.unattributed },
  });
}

function repeats(
  type: string,
  what: string,
  counts: Readonly<Record<string, number>>,
  read: HistoryEvent,
): { anomaly: Anomaly; extra: number }[] {
  return Object.entries(counts)
    .filter(([, count]) => count > 1)
    .map(([id, count]) => ({
      anomaly: anomaly(type, `recording ${id} was ${what} ${count} times`, [read]),
      extra: count - 1,
    }));
}

function inJournal(journal: OkValue<"upstream">, id: string): boolean {
  return (journal.submissions[id] ?? 0) > 0 && (journal.summaries[id] ?? 0) > 0;
}

function completedRecordings(events: readonly HistoryEvent[]): string[] {
  const completed = events
    .filter(({ f, type }) => f === "result" && type === "ok")
    .map((event) => okValue("result", event))
    .filter(({ status }) => status === "COMPLETED");
  return [...new Set(completed.map(({ id }) => id))];
}
