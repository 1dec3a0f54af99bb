import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { HistoryEvent } from "../history/event.ts";
import { readHistory } from "../history/reader.ts";
import { messageOf, UsageError } from "../util/errors.ts";
import type { RunRecord, Sample } from "./record.ts";
import { runRecordSchema } from "./record-schema.ts";
import { readSamples } from "./samples.ts";

/** A run folder opened for reading. `notices` grows while events and samples are read. */
export interface RunFiles {
  readonly record: RunRecord;
  /** What the reader of the report must know about the evidence: a missing file, a torn last line. */
  readonly notices: readonly string[];
  events(): AsyncIterable<HistoryEvent>;
  samples(): AsyncIterable<Sample>;
}

/**
 * Opens a run folder: `run.json` now, `history.ndjson` and `samples.ndjson` as they are iterated.
 * The latter two may be missing (a run that never got so far); that becomes a notice.
 * @throws UsageError when `run.json` is missing or broken.
 */
export async function openRun(folder: string): Promise<RunFiles> {
  const record = await readRecord(folder);
  const notices: string[] = [];

  /** Reads one of the files, or notes that it is missing or torn. */
  async function* lines<T>(
    name: string,
    read: (path: string, onTorn: (line: number) => void) => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    const path = join(folder, name);
    if (!(await exists(path))) {
      addOnce(notices, `There is no ${name} in the run folder: what it would show is missing here.`);
      return;
    }
    yield* read(path, (line) =>
      addOnce(notices, `The last line of ${name} (line ${line}) is torn, as after a crash. It was left out.`),
    );
  }

  return {
    record,
    notices,
    events: () => lines("history.ndjson", (path, onTorn) => readHistory(path, { onTorn })),
    samples: () => lines("samples.ndjson", readSamples),
  };
}

async function readRecord(folder: string): Promise<RunRecord> {
  const path = join(folder, "run.json");
  const hint = "Name a folder that a run wrote, for example one under reports/.";
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new UsageError(`cannot read ${path}: ${messageOf(cause)}`, hint);
  }
  const result = runRecordSchema.safeParse(json);
  if (!result.success) {
    throw new UsageError(`${path} is no run record of version 1:\n${z.prettifyError(result.error)}`, hint);
  }
  return result.data;
}

function addOnce(list: string[], text: string): void {
  if (!list.includes(text)) list.push(text);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
