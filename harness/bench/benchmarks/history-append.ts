import { appendFileSync, createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { openHistory } from "../../history/recorder.ts";
import type { Arm, Benchmark } from "../benchmark.ts";
import { timed } from "../connection.ts";

const operations = 10_000;

/** How many events a second a history takes. Each is with the kernel when the call returns. */
export const historyAppend: Benchmark = {
  name: "history-append",
  about: `${operations} operations, two events each; baselines: the same lines, ready made`,
  rounds: 7,
  comparisons: [
    {
      what: "append, each event with the kernel",
      unit: "events/s",
      better: "more",
      ours: "history",
      baseline: "appendFileSync",
    },
    {
      what: "append, against losing the tail",
      unit: "events/s",
      better: "more",
      ours: "history",
      baseline: "buffered stream",
    },
  ],
  open: async (_context, stack) => {
    const folder = await mkdtemp(join(tmpdir(), "faultline-bench-"));
    stack.defer(() => rm(folder, { recursive: true }));
    const sample = join(folder, "sample.ndjson");
    recordOperations(sample);
    const lines = (await readFile(sample, "utf8")).split(/(?<=\n)/);
    return [
      arm("history", folder, async (path) => recordOperations(path)),
      arm("appendFileSync", folder, async (path) => {
        for (const line of lines) appendFileSync(path, line);
      }),
      arm("buffered stream", folder, (path) => writeBuffered(path, lines)),
    ];
  },
};

/** An arm that writes all events into a new file and measures how many a second. */
function arm(name: string, folder: string, write: (path: string) => Promise<void>): Arm {
  return {
    name,
    measure: async () => {
      const path = join(folder, "events.ndjson");
      const ms = await timed(() => write(path));
      await rm(path);
      return { [name]: [(2 * operations * 1_000) / ms] };
    },
  };
}

/** What a load of short recordings writes: a chunk sent, a chunk acknowledged. */
function recordOperations(path: string): void {
  using history = openHistory(path);
  history.phase = "steady";
  for (let index = 0; index < operations; index++) {
    const key = `recording-${index % 100}`;
    const value = { seq: index, bytes: 32_000, last: false };
    const invocation = history.invoke({ f: "chunk", process: index % 50, key, value, node: "stt-1" });
    invocation.ok({ ...value, status: "RECORDING" });
  }
}

/** The fast way, with its price: what is still in the process when it is killed is lost. */
async function writeBuffered(path: string, lines: readonly string[]): Promise<void> {
  const stream = createWriteStream(path);
  for (const line of lines) {
    if (!stream.write(line)) await new Promise<void>((resolve) => stream.once("drain", resolve));
  }
  stream.end();
  await finished(stream);
}
