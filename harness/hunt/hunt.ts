import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CatalogueEntry, catalogueOf } from "../faults/catalogue.ts";
import { describeFault, type ScheduledFault } from "../faults/schedule.ts";
import { whyUnsupported } from "../faults/supported.ts";
import { writtenSchedule } from "../faults/written.ts";
import type { NetworkKind } from "../network/private-network.ts";
import type { LoadedScenario } from "../run/load-scenarios.ts";
import type { RunObserver } from "../run/run-event.ts";
import { createRunFolder } from "../run/run-folder.ts";
import { runScenario } from "../run/runner.ts";
import { varied } from "../run/scenario-of-run.ts";
import { TopologyPool } from "../run/topology-pool.ts";
import { type Clock, systemClock } from "../util/clock.ts";
import { messageOf, UsageError } from "../util/errors.ts";
import { seededRandom } from "../util/random.ts";
import { drawSchedule } from "./draw-schedule.ts";
import { type HuntedRun, type HuntRecord, strikesOf, unprovenOf } from "./hunt-record.ts";
import { signaturesOf } from "./signature.ts";

/** What a hunt tells those who watch it. */
export type HuntEvent =
  | { readonly type: "started"; readonly number: number; readonly described: readonly string[] }
  | { readonly type: "ended"; readonly run: HuntedRun };

export interface HuntOptions {
  readonly scenario: LoadedScenario;
  /** Whose topology is struck instead (default: the scenario's own). */
  readonly topologyOf?: LoadedScenario;
  readonly seed: number;
  /** No run begins after it. */
  readonly budgetMs: number;
  /** At most so many faults in a schedule. */
  readonly faults: number;
  /** After so many failures it ends (default: never). */
  readonly maxFailures?: number;
  readonly network: NetworkKind;
  readonly reportsFolder: string;
  readonly observer: (event: HuntEvent) => void;
  /** Of the run under way. */
  readonly runObserver: RunObserver;
  /** Aborting it heals, tears down, and ends the hunt. */
  readonly signal: AbortSignal;
  /** For tests. */
  readonly run?: typeof runScenario;
  readonly clock?: Clock;
}

/** After so many runs in a row that broke, not the service but the test bed, there is no use in another. */
const brokenInARow = 3;

/**
 * Looks for schedules of faults under which a scenario's checks fail: draws one after another over the catalogue, runs
 * them, and keeps each run that does not pass. The same seed draws the same schedules, in the same order, on every machine
 * that supports the same faults. Thresholds are not judged: this machine's noise is no finding.
 * @returns the hunt and its folder, where `hunt.json` is, written anew after every run.
 */
export async function hunt(options: HuntOptions): Promise<{ record: HuntRecord; folder: string }> {
  const { entries, unsupported } = await drawable(options);
  if (entries.length === 0) throw new UsageError("there is nothing to strike in this topology");
  const folder = createRunFolder(options.reportsFolder, `hunt-${options.scenario.file.split("/").at(-1)}`);
  await using pool = new TopologyPool({ signal: options.signal });
  const clock = options.clock ?? systemClock;
  const start = clock.now();
  const startedAt = new Date().toISOString();
  const runs: HuntedRun[] = [];
  const record = (endedBy: string): HuntRecord => ({
    formatVersion: 1,
    id: folder.id,
    scenario: { file: options.scenario.file, title: options.scenario.scenario.title },
    ...(options.topologyOf === undefined ? {} : { topologyOf: options.topologyOf.file }),
    ...{ seed: options.seed, network: options.network, budgetMs: options.budgetMs, faults: options.faults },
    kinds: entries.map(({ kind }) => kind),
    ...{ unsupported, startedAt, durationMs: Math.round(clock.now() - start), endedBy, runs },
  });
  const write = (endedBy: string): HuntRecord => {
    const written = record(endedBy);
    mkdirSync(folder.path, { recursive: true });
    writeFileSync(join(folder.path, "hunt.json"), `${JSON.stringify(written, null, 2)}\n`);
    return written;
  };

  const random = seededRandom(options.seed);
  for (let number = 1; ; number++) {
    const over = whyOver(runs, options, clock.now() - start);
    if (over !== undefined) return { record: write(over), folder: folder.path };
    const seed = Math.floor(random() * 2 ** 31);
    const schedule = drawSchedule(entries, seededRandom(seed), { most: options.faults });
    const run = await runDrawn(number, seed, schedule, { ...options, folder: folder.path, pool });
    if (run === undefined) continue; // interrupted: it says nothing
    runs.push(run);
    write("it goes on");
    options.observer({ type: "ended", run });
  }
}

/** What can be drawn on this machine. */
async function drawable({
  scenario: { scenario },
  topologyOf,
}: HuntOptions): Promise<{ entries: CatalogueEntry[]; unsupported: string[] }> {
  const entries: CatalogueEntry[] = [];
  const unsupported: string[] = [];
  for (const entry of catalogueOf((topologyOf?.scenario ?? scenario).topology)) {
    if (scenario.hunt?.without.includes(entry.kind)) continue;
    const why = await whyUnsupported(entry);
    if (why === undefined) entries.push(entry);
    else unsupported.push(`${entry.kind}: ${why}`);
  }
  return { entries, unsupported };
}

function whyOver(
  runs: readonly HuntedRun[],
  { budgetMs, maxFailures, signal }: HuntOptions,
  elapsedMs: number,
): string | undefined {
  if (signal.aborted) return "interrupted";
  const failures = runs.filter(({ verdict }) => verdict === "failed").length;
  if (maxFailures !== undefined && failures >= maxFailures) return `${failures} failure(s) were found`;
  const last = runs.slice(-brokenInARow);
  if (last.length === brokenInARow && last.every(({ verdict }) => verdict === "errored"))
    return `${brokenInARow} runs in a row broke: ${last.at(-1)?.reasons[0] ?? "for unknown reasons"}`;
  return elapsedMs >= budgetMs ? "the budget is spent" : undefined;
}

async function runDrawn(
  number: number,
  seed: number,
  schedule: readonly ScheduledFault[],
  options: HuntOptions & { readonly folder: string; readonly pool: TopologyPool },
): Promise<HuntedRun | undefined> {
  const { scenario: loaded, topologyOf, network, pool, signal } = options;
  const { run = runScenario, clock = systemClock } = options;
  const described = schedule.map(describeFault);
  const drawn = { number, seed, schedule: writtenSchedule(schedule) ?? [], described };
  options.observer({ type: "started", number, described });
  const start = clock.now();
  try {
    const scenario = varied(loaded.scenario, { faults: schedule, correctnessOnly: true });
    const { topology } = topologyOf?.scenario ?? scenario;
    const of = topologyOf === undefined ? {} : { topologyOf: topologyOf.file };
    const { record, folder } = await run(
      { file: loaded.file, scenario: { ...scenario, topology } },
      {
        ...{ reportsFolder: options.folder, seed, network, pool, signal },
        observer: options.runObserver,
        variation: { by: "hunt", ...of, correctnessOnly: true },
      },
    );
    if (signal.aborted) return undefined;
    if (record.verdict === "passed") rmSync(folder, { recursive: true, force: true });
    return {
      ...drawn,
      ...{ verdict: record.verdict, reasons: record.reasons, signatures: signaturesOf(record) },
      ...{ struck: strikesOf(record), unproven: unprovenOf(record), durationMs: record.durationMs },
      ...(record.verdict === "passed" ? {} : { folder }),
    };
  } catch (error) {
    if (signal.aborted) return undefined;
    const durationMs = Math.round(clock.now() - start);
    const nothing = { signatures: [], struck: [], unproven: [] };
    return { ...drawn, verdict: "errored", reasons: [messageOf(error)], ...nothing, durationMs };
  }
}
