import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type History, openHistory } from "../../history/recorder.ts";
import { provision } from "../../provision/provision.ts";
import { ProcessRuntime } from "../../runtime/runtime.ts";
import type { RunningTopology, Topology } from "../../topology/topology.ts";
import { systemClock } from "../../util/clock.ts";
import { until } from "../../util/until.ts";
import type { Workload, WorkloadContext, WorkloadStats } from "../workload.ts";

/** A real topology with a history, for tests of workloads. */
export interface LoadBed extends AsyncDisposable {
  readonly topology: RunningTopology;
  readonly history: History;
  readonly context: WorkloadContext;
}

let beds = 0;

/** Starts a topology and an empty history. Disposing ends both and leaves nothing. */
export async function startLoadBed(topology: Topology): Promise<LoadBed> {
  const { signal } = new AbortController();
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "load-bed-"));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const installed = await provision(topology.components, { signal });
  const runId = `load-bed-${process.pid}-${++beds}`;
  const runtime = stack.use(new ProcessRuntime({ runId, command: "test", signal }));
  const step = <T>(_name: string, work: () => Promise<T>): Promise<T> => work();
  const running = stack.use(await topology.start({ runtime, installed, signal, step }));
  const history = stack.use(openHistory(join(folder, "history.ndjson")));
  const { services, lockers, consumers, load, jwtSecret, audioFolder, upstreamUrl } = running;
  const kept = stack.move();
  return {
    topology: running,
    history,
    context: {
      ...{ history, services, lockers, consumers, load, jwtSecret, audioFolder, upstreamUrl },
      ...{ seed: 1, clock: systemClock, signal, installed, folder },
      sample: () => {},
      spawned: () => {},
      broken: (error) => {
        throw error;
      },
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/**
 * Runs a workload until `enough`, drains it, and makes its final reads.
 * @param disturb done once it runs, before `enough` is asked.
 * @returns its last counts.
 */
export async function runWorkload<Stats extends WorkloadStats>(
  { history, context }: LoadBed,
  workload: Workload<Stats>,
  enough: (stats: Stats) => boolean,
  disturb: () => Promise<void>,
): Promise<Stats> {
  history.phase = "steady";
  await using running = workload.start(context);
  await disturb();
  await until(() => enough(running.stats()), `${workload.name} has done enough`).atMost("60s");
  history.phase = "drain";
  await running.drained();
  await running.finalReads();
  return running.stats();
}
