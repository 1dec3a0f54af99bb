import { z } from "zod";
import { UsageError } from "../util/errors.ts";
import { linesOf } from "../util/lines.ts";
import type { Sample } from "./record.ts";

const sampleSchema = z.object({
  time: z.number().nonnegative(),
  metric: z.string(),
  node: z.string().exactOptional(),
  labels: z.record(z.string(), z.string()).exactOptional(),
  value: z.number(),
  distribution: z
    .object({
      count: z.number().positive(),
      sum: z.number(),
      min: z.number(),
      max: z.number(),
      buckets: z.array(z.tuple([z.number().nullable(), z.number().positive()])),
    })
    .exactOptional(),
}) satisfies z.ZodType<Sample>;

/**
 * Streams the samples of a `samples.ndjson`, one line at a time. A last line that a crash tore (no newline, no
 * whole sample) is left out and its number handed to `onTorn`.
 * @throws UsageError naming the file and line of any other line that is no sample.
 */
export async function* readSamples(path: string, onTorn: (line: number) => void): AsyncGenerator<Sample> {
  for await (const { text, number, whole } of linesOf(path)) {
    const sample = parseSample(text);
    if (sample !== null) {
      yield sample;
    } else if (whole) {
      throw new UsageError(
        `${path}, line ${number} is no sample: ${text.slice(0, 120)}`,
        "Only the last line may be torn by a crash. Restore the file or run the scenario again.",
      );
    } else {
      onTorn(number);
    }
  }
}

function parseSample(line: string): Sample | null {
  try {
    return sampleSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
