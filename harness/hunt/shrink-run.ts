import { rmSync } from "node:fs";
import { scheduleFrom } from "../faults/written.ts";
import { openRun } from "../report/read-run.ts";
import type { RunRecord, WrittenFault } from "../report/record.ts";
import type { RunObserver } from "../run/run-event.ts";
import { createRunFolder } from "../run/run-folder.ts";
import { runScenario } from "../run/runner.ts";
import { fileOfRun, varied } from "../run/scenario-of-run.ts";
import { TopologyPool } from "../run/topology-pool.ts";
import { UsageError } from "../util/errors.ts";
import type { Candidate } from "./candidate.ts";
import type { RunOnce } from "./shrink.ts";
import { signaturesOf } from "./signature.ts";

/** What a stored run says of the failure that is to be made smaller. */
export interface Failure {
  readonly record: RunRecord;
  readonly signature: string;
  readonly candidate: Candidate;
}

/**
 * Reads the failure of a stored run.
 * @throws UsageError when the run did not fail, or its schedule cannot be made smaller.
 */
export async function failureOf(folder: string): Promise<Failure> {
  const { record } = await openRun(folder);
  const [signature] = signaturesOf(record);
  if (signature === undefined)
    throw new UsageError(
      `${record.id} did not fail: its verdict is ${record.verdict}`,
      "shrink a run that failed",
    );
  if (record.schedule === undefined)
    throw new UsageError(
      `${record.id} has no schedule on record`,
      "a fault or a target of its scenario's own cannot be written down; use those of harness/faults",
    );
  const schedule = asItHappened(record.schedule, record);
  if (schedule.length === 0)
    throw new UsageError(`${record.id} failed without any fault`, "there is nothing to leave out");
  const { rate } = record.variation ?? {};
  return { record, signature, candidate: { schedule, ...(rate === undefined ? {} : { rate }) } };
}

/** The faults that struck, in the order of their times; one that waited for a condition, at the time when it struck. */
function asItHappened(schedule: readonly WrittenFault[], { faults, phases }: RunRecord): WrittenFault[] {
  const steadyAt = phases.find(({ name }) => name === "steady")?.from ?? 0;
  return schedule
    .flatMap(({ after, ...fault }, index): WrittenFault[] => {
      const injectedAt = faults.find(({ id }) => id === `fault-${index + 1}`)?.injectedAt;
      if (injectedAt === undefined) return [];
      return [after === undefined ? fault : { ...fault, atMs: Math.round((injectedAt - steadyAt) / 1e6) }];
    })
    .sort((a, b) => a.atMs - b.atMs);
}

/**
 * Runs candidates of a stored run for real, on a topology that is kept from run to run. Runs that do not fail are not
 * kept.
 * @returns with the rate of the run's workload, when that can be lowered.
 */
export async function runnerOf(
  { record, signature }: Failure,
  options: {
    of: string;
    reportsFolder: string;
    observer: RunObserver;
    signal: AbortSignal;
    run?: typeof runScenario;
  },
): Promise<AsyncDisposable & { runOnce: RunOnce; rate: number | undefined; folder: string }> {
  const { signal, observer, run = runScenario } = options;
  const loaded = await fileOfRun(record);
  const { workload } = loaded.scenario;
  const folder = createRunFolder(
    options.reportsFolder,
    `shrink-${record.scenario.file.split("/").at(-1)}`,
  ).path;
  const pool = new TopologyPool({ signal });
  const correctnessOnly = record.variation?.correctnessOnly ?? !signature.startsWith("threshold");
  const runOnce: RunOnce = async ({ schedule, rate }) => {
    const changes = { ...(rate === undefined ? {} : { rate }), correctnessOnly };
    const result = await run(
      {
        file: loaded.file,
        scenario: varied(loaded.scenario, { ...changes, faults: scheduleFrom(schedule) }),
      },
      {
        ...{ reportsFolder: folder, seed: record.seed, network: record.network, pool, observer, signal },
        variation: { ...record.variation, by: "shrink", of: options.of, ...changes },
      },
    );
    const { verdict } = result.record;
    const saysSomething = (verdict === "passed" || verdict === "failed") && !signal.aborted;
    const signatures = saysSomething ? signaturesOf(result.record) : undefined;
    if (signatures?.length === 0) rmSync(result.folder, { recursive: true, force: true });
    return { signatures, folder: result.folder };
  };
  const rate = workload.atRate && workload.source ? (record.variation?.rate ?? workload.rate) : undefined;
  return { runOnce, rate, folder, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
}
