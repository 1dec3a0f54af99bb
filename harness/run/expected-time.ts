import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { quantile } from "../checkers/quantile.ts";
import { occurrences } from "../faults/schedule.ts";
import type { LoadedScenario } from "./load-scenarios.ts";
import type { Scenario } from "./scenario.ts";
import { nameOf } from "./scenario-name.ts";

/** How long a run will take, and what says so: its schedule, or the median of so many earlier runs. */
export interface ExpectedTime {
  readonly ms: number;
  readonly earlierRuns: number;
}

/** Measured on a two-core machine, for three brokers, Redis with sentinels and two instances. */
const measured = { startMs: 7_000, resetMs: 2_000, settleMs: 5_000, drainMs: 5_000 };

/** How many earlier runs of a scenario are asked, the latest. */
const askedRuns = 3;

/**
 * How long a run takes by its schedule, in ms: the topology starts or is reset, the service is steady for its window, the
 * faults come and go, and recovery is waited for until it is sure.
 * @param reused whether the run before has left the topology.
 */
export function scheduledMs(scenario: Scenario, reused: boolean): number {
  const { faults, steadyState, steadyForMs } = scenario;
  const all = occurrences(faults, 0);
  const steadyMs = measured.settleMs + steadyState.windowMs;
  const faultsMs = Math.max(steadyForMs, ...all.map(({ atMs, forMs }) => atMs + forMs));
  const recoveryMs = all.length > 0 ? steadyState.holdMs : 0;
  return (reused ? measured.resetMs : measured.startMs) + steadyMs + faultsMs + recoveryMs + measured.drainMs;
}

/** The expected time of each run, in their order: by earlier runs where the reports folder has some, else by the schedule. */
export async function expectedTimes(
  runs: readonly LoadedScenario[],
  reportsFolder: string,
): Promise<ExpectedTime[]> {
  const earlier = new EarlierRuns(reportsFolder);
  return Promise.all(
    runs.map(async ({ file, scenario }, index) => {
      const durations = await earlier.durationsOf(file);
      const typical = quantile(durations, 0.5);
      if (typical !== undefined) return { ms: typical, earlierRuns: durations.length };
      const reused = runs[index - 1]?.scenario.topology.key === scenario.topology.key;
      return { ms: scheduledMs(scenario, reused), earlierRuns: 0 };
    }),
  );
}

const recordSchema = z.object({
  scenario: z.object({ file: z.string() }),
  durationMs: z.number().nonnegative(),
  endedBy: z.string().optional(),
});

/** What the run folders say of how long runs took. */
class EarlierRuns {
  readonly #reportsFolder: string;
  readonly #names: Promise<string[]>;
  readonly #durations = new Map<string, Promise<number[]>>();

  constructor(reportsFolder: string) {
    this.#reportsFolder = reportsFolder;
    // A folder that is not there yet has no runs.
    this.#names = readdir(reportsFolder).then(
      (names) => names.sort().reverse(),
      () => [],
    );
  }

  /** Of the latest runs of a scenario that came to their end, in ms. */
  durationsOf(file: string): Promise<number[]> {
    const known = this.#durations.get(file) ?? this.#read(file);
    this.#durations.set(file, known);
    return known;
  }

  async #read(file: string): Promise<number[]> {
    const durations: number[] = [];
    for (const name of await this.#names) {
      if (durations.length === askedRuns) break;
      if (!name.replace(/^\d{8}-\d{6}-/, "").startsWith(nameOf(file))) continue;
      const record = await this.#recordOf(name);
      if (record?.scenario.file === file && record.endedBy === undefined) durations.push(record.durationMs);
    }
    return durations;
  }

  /** Undefined for a folder without a record that can be read: a run under way, or one that was killed. */
  async #recordOf(name: string): Promise<z.infer<typeof recordSchema> | undefined> {
    const text = await readFile(join(this.#reportsFolder, name, "run.json"), "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      return recordSchema.parse(JSON.parse(text));
    } catch {
      return undefined;
    }
  }
}
