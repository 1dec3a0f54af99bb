import { createReadStream } from "node:fs";
import { z } from "zod";
import { UsageError } from "../util/errors.ts";
import type { Sample } from "./record.ts";

const sampleSchema = z.object({
  time: z.number().nonnegative(),
  metric: z.string(),
  node: z.string().exactOptional(),
  labels: z.record(z.string(), z.string()).exactOptional(),
  value: z.number(),
}) satisfies z.ZodType<Sample>;

/**
 * Streams the samples of a `samples.ndjson`, one line at a time. A last line that a crash tore (no newline, no
 * whole sample) is left out and its number handed to `onTorn`.
 * @throws UsageError naming the file and line of any other line that is no sample.
 */
export async function* readSamples(path: string, onTorn: (line: number) => void): AsyncGenerator<Sample> {
  let lineNumber = 0;
  let rest = "";
  for await (const block of createReadStream(path, { encoding: "utf8" })) {
    const lines = (rest + String(block)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      lineNumber += 1;
      const sample = parseSample(line);
      if (sample === null) {
        throw new UsageError(
          `${path}, line ${lineNumber} is no sample: ${line.slice(0, 120)}`,
          "Only the last line may be torn by a crash. Restore the file or run the scenario again.",
        );
      }
      yield sample;
    }
  }
  if (rest === "") return;
  const last = parseSample(rest);
  if (last === null) onTorn(lineNumber + 1);
  else yield last;
}

function parseSample(line: string): Sample | null {
  try {
    return sampleSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
