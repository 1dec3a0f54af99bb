import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freeBytes } from "../../provision/disk.ts";
import { formatBytes } from "../../provision/progress.ts";
import { EnvironmentError } from "../../util/errors.ts";
import type { Benchmark } from "../benchmark.ts";
import { writeLogHistory } from "../log-history.ts";
import { canPin, onOneCore } from "../on-one-core.ts";

const events = 10_000_000;
const neededBytes = 1_600_000_000;

const cli = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const jsonLines = fileURLToPath(new URL("../json-lines.ts", import.meta.url));

/** How long the log checker takes over ten million events, and how much memory, the whole command on one core. */
export const checkLog: Benchmark = {
  name: "check-log",
  about: `faultline check --checker log of ${events / 1e6} million events${canPin ? " on one core" : ""}; baseline: only JSON.parse of each line`,
  rounds: 3,
  comparisons: [
    { what: "check, whole command", unit: "ms", better: "less", ours: "check", baseline: "JSON.parse" },
    {
      what: "memory, at most",
      unit: "bytes",
      better: "less",
      ours: "check, memory",
      baseline: "JSON.parse, memory",
    },
  ],
  bounds: [
    { what: "log check, 10 million events", unit: "ms", ours: "check", limit: 20_000 },
    { what: "log check, memory", unit: "bytes", ours: "check, memory", limit: 2 * 1024 ** 3 },
  ],
  open: async ({ signal, say }, stack) => {
    const folder = await mkdtemp(join(tmpdir(), "faultline-bench-"));
    stack.defer(() => rm(folder, { recursive: true }));
    const free = await freeBytes(folder);
    if (free < neededBytes) {
      const message = `no room for the history: ${formatBytes(neededBytes)} are needed, ${formatBytes(free)} free in ${folder}`;
      throw new EnvironmentError(message, { hint: "set TMPDIR to a folder on a larger disk" });
    }
    const path = join(folder, "log.ndjson");
    say(`check-log: writing ${events / 1e6} million events`);
    await writeLogHistory(path, events);
    const arm = (name: string, args: readonly string[]) => ({
      name,
      measure: async () => {
        const { ms, peakBytes } = await onOneCore(args, signal);
        return { [name]: [ms], [`${name}, memory`]: [peakBytes] };
      },
    });
    return [arm("check", [cli, "check", path, "--checker", "log"]), arm("JSON.parse", [jsonLines, path])];
  },
};
