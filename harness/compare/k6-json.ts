import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { FaultlineError, messageOf, UsageError } from "../util/errors.ts";
import { type Line, linesIn } from "../util/lines.ts";
import { besidesLoad, type K6Line, k6LineSchema } from "./k6-line.ts";
import type { Window } from "./window.ts";

/**
 * Reads one window: what `k6 run --out json=FILE` wrote, gzipped or not. It is streamed; of each latency its samples are kept, 8 bytes
 * each.
 * @throws UsageError naming the file, and the line that k6 cannot have written; when it was cut off or has no samples.
 */
export async function readK6Window(path: string): Promise<Window> {
  const builder = new WindowBuilder();
  try {
    for await (const line of linesIn(await textOf(path))) {
      if (line.text !== "") builder.add(parseLine(path, line, builder));
    }
  } catch (error) {
    if (error instanceof FaultlineError) throw error;
    throw new UsageError(
      `cannot read ${path}: ${messageOf(error)}`,
      "if the run that wrote it was cut off, the window is not whole: leave it out, or run it again",
    );
  }
  return builder.build(path);
}

function parseLine(path: string, { text, number, whole }: Line, { declared }: WindowBuilder): K6Line {
  const problem = (what: string) =>
    whole
      ? new UsageError(
          `${path}, line ${number} is not of k6's JSON output: ${what}`,
          "a window is a file that `k6 run --out json=FILE` wrote; k6's summary is another format",
        )
      : new UsageError(
          `${path} ends within line ${number}`,
          "the run that wrote it was cut off, and the window is not whole: leave it out, or run it again",
        );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw problem(messageOf(error));
  }
  const { success, data, error } = k6LineSchema.safeParse(json);
  if (!success) {
    const [issue] = error.issues;
    throw problem(`${issue?.path.join(".") || "the line"}: ${issue?.message ?? "invalid"}`);
  }
  if (data.type === "Point" && !declared.has(data.metric)) {
    throw problem(`a sample of ${data.metric}, which was never declared`);
  }
  return data;
}

class WindowBuilder {
  /** Metrics by name: which kind, and whether of time. */
  readonly declared = new Map<string, { readonly type: string; readonly contains: string }>();
  readonly #latencies = new Map<string, number[]>();
  readonly #failures = new Map<string, { failed: number; total: number }>();
  #iterations = 0;
  #startedAt = Number.POSITIVE_INFINITY;
  #endedAt = Number.NEGATIVE_INFINITY;

  add(line: K6Line): void {
    if (line.type === "Metric") this.declared.set(line.metric, line.data);
    else if (!besidesLoad.has(line.data.tags?.group ?? "")) this.#addSample(line.metric, line.data);
  }

  #addSample(metric: string, { time, value }: { readonly time: number; readonly value: number }): void {
    const kind = this.declared.get(metric);
    // Gauges (`vus`) are sampled by the clock, also where there is no load.
    if (kind === undefined || kind.type === "gauge") return;
    this.#startedAt = Math.min(this.#startedAt, time);
    this.#endedAt = Math.max(this.#endedAt, time);
    if (kind.type === "trend" && kind.contains === "time") {
      const samples = this.#latencies.get(metric);
      if (samples === undefined) this.#latencies.set(metric, [value]);
      else samples.push(value);
    } else if (metric === "http_req_failed" || metric === "checks") {
      const counts = this.#failures.get(metric) ?? { failed: 0, total: 0 };
      counts.total++;
      if ((value !== 0) === (metric === "http_req_failed")) counts.failed++;
      this.#failures.set(metric, counts);
    } else if (metric === "iterations") {
      this.#iterations += value;
    }
  }

  /** @throws UsageError when there were no samples. */
  build(path: string): Window {
    if (this.#startedAt > this.#endedAt) {
      throw new UsageError(
        `${path} has no samples`,
        "did the run have any load? Leave the file out, or run it again",
      );
    }
    return {
      name: basename(path),
      startedAt: this.#startedAt,
      endedAt: this.#endedAt,
      latencies: this.#latencies,
      failures: this.#failures,
      iterations: this.#iterations,
    };
  }
}

/** The text of a file, unpacked where it is gzipped: by its first bytes, since k6 goes by a `.gz` that is easily renamed away. */
async function textOf(path: string): Promise<AsyncIterable<string>> {
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
  const bytes = createReadStream(path);
  if (buffer.readUInt16BE() !== 0x1f8b) return bytes.setEncoding("utf8");
  const unpacked = createGunzip().setEncoding("utf8");
  // An error of either stream ends both, and is thrown to who reads the last.
  pipeline(bytes, unpacked, () => {});
  return unpacked;
}
