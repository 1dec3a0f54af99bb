import { type FileHandle, open } from "node:fs/promises";
import { messageOf, UsageError } from "../util/errors.ts";
import { readSegment, segmentsOf } from "../util/segments.ts";
import type { HistoryEvent } from "./event.ts";
import { parseEvent } from "./parse-event.ts";

export interface ReadOptions {
  /** Called with the number of the last line when it was cut off in the middle, as a killed writer leaves it. */
  readonly onTorn?: (line: number) => void;
}

/** Events that follow each other in a file; `lines[i]` is the number of the line of `events[i]`, from 1. */
export interface EventBlock {
  readonly events: readonly HistoryEvent[];
  readonly lines: readonly number[];
}

/**
 * Streams the events of a history file (NDJSON, format version 1); holds one block at a time.
 * A torn last line (no newline, not a whole event) is left out and reported to `onTorn`; blank lines are skipped.
 * @throws UsageError naming the first malformed line, or the file when it cannot be read.
 */
export async function* readHistory(path: string, options: ReadOptions = {}): AsyncGenerator<HistoryEvent> {
  for await (const { events } of readHistoryBlocks(path, options)) yield* events;
}

/** As {@link readHistory}, some thousand events at a time: for histories of millions. */
export async function* readHistoryBlocks(
  path: string,
  options: ReadOptions = {},
): AsyncGenerator<EventBlock> {
  let line = 0;
  for await (const { text, whole } of linesOfHistory(path)) {
    const events: HistoryEvent[] = [];
    const lines: number[] = [];
    for (let from = 0; from < text.length; ) {
      const newline = text.indexOf("\n", from);
      const to = newline === -1 ? text.length : newline;
      line++;
      const event = eventIn(text.slice(from, to), path, line, whole ? undefined : options);
      if (event !== undefined) {
        events.push(event);
        lines.push(line);
      }
      from = to + 1;
    }
    yield { events, lines };
  }
}

/**
 * The events at some places of a history that has been read before; the first event has place 0. Other lines are only counted,
 * and none after the last place, so that it costs a fraction of reading.
 */
export async function readEventsAt(
  path: string,
  places: ReadonlySet<number>,
): Promise<ReadonlyMap<number, HistoryEvent>> {
  const found = new Map<number, HistoryEvent>();
  if (places.size === 0) return found;
  let place = 0;
  for await (const { text } of linesOfHistory(path)) {
    for (let from = 0; from < text.length; ) {
      const newline = text.indexOf("\n", from);
      const to = newline === -1 ? text.length : newline;
      const blank = text[from] !== "{" && text.slice(from, to).trim() === "";
      if (places.has(place) && !blank) found.set(place, parseEvent(text.slice(from, to)));
      if (!blank) place++;
      from = to + 1;
    }
    if (found.size === places.size) break;
  }
  return found;
}

/** The event of a line; undefined for a blank one, and for the last one (it comes with `torn`) when it is cut off. */
function eventIn(text: string, path: string, line: number, torn?: ReadOptions): HistoryEvent | undefined {
  try {
    return parseEvent(text);
  } catch (error) {
    if (text.trim() === "") return undefined;
    if (torn !== undefined) {
      torn.onTorn?.(line);
      return undefined;
    }
    throw new UsageError(
      `${path}, line ${line} is not an event of a history: ${firstProblem(error)}`,
      "See docs/history-format.md for the fields of an event.",
    );
  }
}

const blockBytes = 1 << 18;
const newlineByte = 0x0a;

/**
 * Whole lines, as many as a block holds; with `whole` false, what follows the last newline of the file. Cutting at
 * newlines keeps characters of several bytes together.
 */
async function* linesOfHistory(path: string): AsyncGenerator<{ text: string; whole: boolean }> {
  let rest: Buffer[] = []; // the pieces of a line whose end has not come yet
  for await (const block of blocksOf(path)) {
    const last = block.lastIndexOf(newlineByte);
    if (last !== -1) {
      yield { text: Buffer.concat([...rest, block.subarray(0, last + 1)]).toString("utf8"), whole: true };
      rest = [];
    }
    rest.push(Buffer.from(block.subarray(last + 1))); // a copy: the next block overwrites this one
  }
  const text = Buffer.concat(rest).toString("utf8");
  if (text !== "") yield { text, whole: false };
}

/** The bytes of a file with its older segments. A block is valid until the next one is asked for. */
async function* blocksOf(path: string): AsyncGenerator<Buffer> {
  let file: FileHandle | undefined;
  try {
    for (const older of (await segmentsOf(path)).slice(0, -1)) yield* readSegment(older);
    file = await open(path);
    const buffer = Buffer.alloc(blockBytes);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, blockBytes, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw new UsageError(`cannot read the history ${path}: ${messageOf(error)}`);
  } finally {
    await file?.close();
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
