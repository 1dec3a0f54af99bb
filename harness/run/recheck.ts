import { openRun } from "../report/read-run.ts";
import type { FaultRecord, RunRecord } from "../report/record.ts";
import { type Evaluation, evaluate } from "./evaluate.ts";
import { fileOfRun } from "./scenario-of-run.ts";

/** A stored run, judged again. */
export interface Rechecked extends Evaluation {
  readonly recorded: RunRecord["verdict"];
  /** What is judged otherwise than when the run ended; empty: nothing. */
  readonly differences: readonly string[];
  readonly notices: readonly string[];
}

/**
 * Judges a stored run again, by its history, its samples, what `run.json` says of its faults and nodes, and the scenario file
 * as it is now. It needs no cluster. What ended a run early stays its verdict: no history can show it.
 * @throws UsageError when the folder holds no run, a file of it is broken, or its scenario does not load.
 */
export async function recheck(folder: string): Promise<Rechecked> {
  const run = await openRun(folder);
  const { record } = run;
  const evaluation = record.endedBy === undefined ? await evaluateAgain(run) : record;
  const { verdict, reasons, checks, thresholds, faults } = evaluation;
  return {
    ...{ verdict, reasons, checks, thresholds, faults },
    recorded: record.verdict,
    differences: [...differences(record, evaluation)],
    notices: run.notices,
  };
}

async function evaluateAgain(run: Awaited<ReturnType<typeof openRun>>): Promise<Evaluation> {
  const { record } = run;
  const loaded = await fileOfRun(record);
  const judgedAt = record.phases.at(-1)?.to ?? Number.POSITIVE_INFINITY; // later samples are of the tear-down
  return evaluate({
    scenario: loaded.scenario,
    events: await Array.fromAsync(run.events()),
    samples: (await Array.fromAsync(run.samples())).filter(({ time }) => time <= judgedAt),
    phases: record.phases,
    faults: record.faults.map(asItHappened),
    whyNotInjected: record.whyNotInjected,
    nodes: record.topology.nodes.map(({ name, kind, unexpectedExit }) => ({ name, kind, unexpectedExit })),
  });
}

/** A fault's row without what was judged of it. */
function asItHappened(row: FaultRecord): FaultRecord {
  const { detectedMs, failoverMs, rtoMs, errors, lost, duplicated, ...happened } = row;
  return happened;
}

function* differences(before: Evaluation, now: Evaluation): Generator<string> {
  if (before.verdict !== now.verdict) yield `the verdict was ${before.verdict}, and is ${now.verdict}`;
  const verdicts = ({ checks, thresholds }: Evaluation) =>
    new Map([
      ...checks.map(({ name, verdict }) => [`check ${name}`, verdict] as const),
      ...thresholds.map(
        ({ phase, metric, bound, verdict }) =>
          [`threshold ${metric} ${bound} in phase ${phase}`, verdict] as const,
      ),
    ]);
  const [then, today] = [verdicts(before), verdicts(now)];
  for (const name of new Set([...then.keys(), ...today.keys()])) {
    const [was, is] = [then.get(name) ?? "not judged", today.get(name) ?? "not judged"];
    if (was !== is) yield `${name} was ${was}, and is ${is}`;
  }
}
