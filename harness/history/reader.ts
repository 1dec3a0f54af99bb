import { messageOf, UsageError } from "../util/errors.ts";
import { type Line, linesOf } from "../util/lines.ts";
import { eventSchema, type HistoryEvent } from "./event.ts";

export interface ReadOptions {
  /** Called with the number of the last line when it was cut off in the middle, as a killed writer leaves it. */
  readonly onTorn?: (line: number) => void;
}

/**
 * Streams the events of a history file (NDJSON, format version 1); holds one line at a time.
 * A torn last line (no newline, not a whole event) is left out and reported to `onTorn`; blank lines are skipped.
 * @throws UsageError naming the first malformed line, or the file when it cannot be read.
 */
export async function* readHistory(path: string, options: ReadOptions = {}): AsyncGenerator<HistoryEvent> {
  for await (const line of linesOfHistory(path)) {
    if (line.text.trim() === "") continue;
    try {
      yield eventSchema.parse(JSON.parse(line.text));
    } catch (error) {
      if (!line.whole) {
        options.onTorn?.(line.number);
        return;
      }
      throw new UsageError(
        `${path}, line ${line.number} is not an event of a history: ${firstProblem(error)}`,
        "See docs/history-format.md for the fields of an event.",
      );
    }
  }
}

/** The lines of a history; one that cannot be read is named. */
async function* linesOfHistory(path: string): AsyncGenerator<Line> {
  try {
    yield* linesOf(path);
  } catch (error) {
    throw new UsageError(`cannot read the history ${path}: ${messageOf(error)}`);
  }
}

/** The first problem in one line: Zod's own message is a list over several. */
function firstProblem(error: unknown): string {
  if (error instanceof Error && "issues" in error && Array.isArray(error.issues)) {
    const issue: { path?: unknown[]; message?: string } = error.issues[0] ?? {};
    return `${issue.path?.join(".") || "the line"}: ${issue.message ?? "invalid"}`;
  }
  return messageOf(error);
}
