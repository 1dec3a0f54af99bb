import { pinned } from "../faults/pinned.ts";
import type { ScheduledFault } from "../faults/schedule.ts";
import { scheduleFrom } from "../faults/written.ts";
import type { RunRecord, Variation } from "../report/record.ts";
import { UsageError } from "../util/errors.ts";
import { type LoadedScenario, loadScenarios } from "./load-scenarios.ts";
import type { Scenario } from "./scenario.ts";

/** The file of a stored run's scenario, as it is now, judged as the run was. @throws UsageError when it does not load. */
export async function fileOfRun({ scenario: { file }, variation }: RunRecord): Promise<LoadedScenario> {
  const { correctnessOnly = false, topologyOf } = variation ?? {};
  const scenario = varied(await load(file), { correctnessOnly });
  if (topologyOf === undefined) return { file, scenario };
  return { file, scenario: { ...scenario, topology: (await load(topologyOf)).topology } };
}

async function load(file: string): Promise<Scenario> {
  const [loaded] = await loadScenarios([file]);
  if (loaded === undefined) throw new Error(`${file} was found, but not loaded`);
  return loaded.scenario;
}

/**
 * What a stored run ran: its scenario's file as it is now, with the schedule and the rate that the run had.
 * @param pin whether faults strike the very nodes and links that they struck, or what their targets are this time.
 * @throws UsageError when the file does not load, or the schedule cannot be made again.
 */
export async function scenarioOfRun(record: RunRecord, { pin = false } = {}): Promise<LoadedScenario> {
  const { file, scenario } = await fileOfRun(record);
  const schedule = record.schedule === undefined ? undefined : scheduleFrom(record.schedule);
  if (schedule === undefined && pin)
    throw new UsageError(`${record.id} has no schedule on record that could be pinned`);
  const { rate } = record.variation ?? {};
  return {
    file,
    scenario: varied(scenario, {
      ...(rate === undefined ? {} : { rate }),
      ...(schedule === undefined ? {} : { faults: pin ? asItStruck(schedule, record) : schedule }),
    }),
  };
}

/** A scenario that differs in its faults, its rate, or in what is judged. @throws UsageError for a rate of a workload without one. */
export function varied(
  scenario: Scenario,
  changes: Pick<Variation, "rate" | "correctnessOnly"> & { readonly faults?: readonly ScheduledFault[] },
): Scenario {
  const { faults = scenario.faults, rate, correctnessOnly = false } = changes;
  const judged = correctnessOnly ? { correctnessOnly, thresholds: [] } : {};
  if (rate === undefined) return { ...scenario, faults, ...judged };
  const workload = scenario.workload.atRate?.(rate);
  if (workload === undefined)
    throw new UsageError(`${scenario.workload.name} has no rate that can be changed`);
  return { ...scenario, faults, ...judged, workload };
}

/** A schedule whose faults strike what they struck. One that found no target keeps looking for it. */
const asItStruck = (schedule: readonly ScheduledFault[], { faults }: RunRecord): ScheduledFault[] =>
  schedule.map((scheduled, index) => {
    const struck = faults.find(({ id }) => id === `fault-${index + 1}`);
    if (struck?.injectedAt === undefined) return scheduled;
    return { ...scheduled, fault: pinned(scheduled.fault, struck) };
  });
