import { appendFileSync, writeFileSync } from "node:fs";
import { recovery } from "../checkers/recovery.ts";
import { executeFault } from "../faults/execute.ts";
import type { Phase } from "../history/event.ts";
import { type History, openHistory } from "../history/recorder.ts";
import { provision } from "../provision/provision.ts";
import type { FaultRecord, PhaseSpan, RunRecord, StepTiming } from "../report/record.ts";
import { writeReport } from "../report/report.ts";
import { ProcessRuntime } from "../runtime/runtime.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { systemClock } from "../util/clock.ts";
import { EnvironmentError, messageOf } from "../util/errors.ts";
import { seededRandom } from "../util/random.ts";
import { TimeoutError, until } from "../util/until.ts";
import type { RunningWorkload } from "../workload/workload.ts";
import { evaluate } from "./evaluate.ts";
import type { LoadedScenario } from "./load-scenarios.ts";
import { machineFacts, versionsOf } from "./machine.ts";
import { assertRoom } from "./preflight.ts";
import { provisionProgress } from "./provision-progress.ts";
import type { RunObserver, Stage } from "./run-event.ts";
import { createRunFolder, type RunFolder } from "./run-folder.ts";
import { Sampler } from "./sampler.ts";

export interface RunOptions {
  /** Where run folders go, usually `reports`. */
  readonly reportsFolder: string;
  readonly seed: number;
  /** Leaves the nodes running for a look, until the signal aborts. */
  readonly keep?: boolean;
  readonly observer: RunObserver;
  /** Aborting it heals, tears down and ends the run. */
  readonly signal: AbortSignal;
}

/** A finished run. `error` is what ended it early: a broken environment (`errored`) or an interruption. */
export interface RunResult {
  readonly folder: string;
  readonly record: RunRecord;
  readonly report: string;
  readonly error?: unknown;
}

/** How long a topology may take to do its work steadily, once all nodes are ready. */
const steadyWithin = "90s";

/**
 * Runs one scenario from provisioning to report, and leaves nothing running. Whatever breaks or interrupts it is in
 * the result, with a report of what there is.
 */
export async function runScenario(loaded: LoadedScenario, options: RunOptions): Promise<RunResult> {
  const folder = createRunFolder(options.reportsFolder, loaded.file);
  const run = new Run(loaded, options, folder);
  const { record, error } = await run.execute();
  writeFileSync(folder.record, `${JSON.stringify(record, null, 2)}\n`);
  const report = await writeReport(folder.path);
  return { folder: folder.path, record, report: report.html, ...(error === undefined ? {} : { error }) };
}

/** The parts of a run that exist only while its nodes do. */
interface Live {
  readonly topology: RunningTopology;
  readonly runtime: ProcessRuntime;
  readonly history: History;
  readonly workload: RunningWorkload;
  readonly sampler: Sampler;
}

class Run {
  readonly #loaded: LoadedScenario;
  readonly #options: RunOptions;
  readonly #folder: RunFolder;
  /** Wall clock at time 0 of the history. */
  #startedAt = new Date();
  readonly #start = systemClock.now();
  readonly #steps: StepTiming[] = [];
  readonly #phases: PhaseSpan[] = [];
  readonly #faults = new Map<string, FaultRecord>();
  #whyNotInjected: string | undefined;
  #versions: Record<string, string> = {};
  #topology: RunRecord["topology"];
  #judged: Pick<RunRecord, "verdict" | "reasons" | "checks" | "thresholds"> = {
    verdict: "errored",
    reasons: [],
    checks: [],
    thresholds: [],
  };

  constructor(loaded: LoadedScenario, options: RunOptions, folder: RunFolder) {
    this.#loaded = loaded;
    this.#options = options;
    this.#folder = folder;
    this.#topology = { name: loaded.scenario.topology.name, nodes: [], links: 0 };
  }

  async execute(): Promise<{ record: RunRecord; error?: unknown }> {
    try {
      await this.#executeStages();
      return { record: this.#record() };
    } catch (error) {
      const verdict = this.#options.signal.aborted ? "inconclusive" : "errored";
      this.#judged = { ...this.#judged, verdict, reasons: [messageOf(error)] };
      return { record: this.#record(), error };
    }
  }

  async #executeStages(): Promise<void> {
    const { scenario } = this.#loaded;
    const { signal, observer } = this.#options;
    await assertRoom(this.#options.reportsFolder);
    const installed = await this.#stage("provision", () =>
      provision(scenario.topology.components, { signal, onProgress: provisionProgress(observer) }),
    );
    this.#versions = versionsOf(installed);

    await using resources = new AsyncDisposableStack();
    const runtime = resources.use(
      new ProcessRuntime({
        runId: this.#folder.id,
        command: `run ${this.#loaded.file}`,
        logFolder: this.#folder.logs,
        signal,
      }),
    );
    const topology = resources.use(
      await this.#stage("start nodes", () =>
        scenario.topology.start({ runtime, installed, signal, step: (name, work) => this.#step(name, work) }),
      ),
    );
    this.#describe(topology);
    const history = resources.use(openHistory(this.#folder.history));
    this.#startedAt = new Date();
    const sampler = resources.use(new Sampler(topology, this.#folder.samples, () => history.now()));
    const workload = resources.use(
      scenario.workload.start({
        history,
        services: topology.services,
        jwtSecret: topology.jwtSecret,
        audioFolder: topology.audioFolder,
        upstreamUrl: topology.upstreamUrl,
        seed: this.#options.seed,
        clock: systemClock,
        signal,
      }),
    );
    const live = { topology, runtime, history, workload, sampler };
    await this.#drive(live);
    await this.#stage("judge", async () => this.#judge(live));
    if (this.#options.keep) await this.#keepRunning();
    await this.#stage("tear down", () => resources.disposeAsync());
  }

  /** The phases of the run, each ended by what it waits for. */
  async #drive(live: Live): Promise<void> {
    const { history, workload } = live;
    await this.#phase(live, "setup", "reach steady state", () => this.#untilSteady(live));

    const steadyStart = history.now();
    const { faults } = this.#loaded.scenario;
    const firstAt = Math.min(...faults.map(({ atMs }) => atMs));
    const stillSteady = await this.#phase(live, "steady", "steady", async () => {
      if (faults.length > 0) await systemClock.sleep(firstAt, this.#options.signal);
      return this.#holdsNow(live);
    });
    if (!stillSteady) {
      // A fault on a service that is not well proves nothing: without it, the verdict is inconclusive.
      this.#whyNotInjected = "the steady state no longer held when the first fault was due";
    } else if (faults.length > 0) {
      await this.#phase(live, "fault", "fault", () =>
        Promise.all(faults.map((_, index) => this.#fault(live, index, steadyStart))),
      );
      await this.#phase(live, "recovery", "recovery", () => this.#untilRecovered(live));
    }
    await this.#phase(live, "drain", "drain", async () => {
      workload.stop();
      await workload.drained();
      await workload.finalReads();
    });
  }

  async #untilSteady({ history, workload }: Live): Promise<void> {
    const { steadyState } = this.#loaded.scenario;
    let reasons: readonly string[] = [];
    let since: number | undefined;
    const held = () => {
      const judgement = steadyState.holds(history.events, history.now());
      reasons = judgement.reasons;
      if (!judgement.holds) since = undefined;
      else since ??= history.now();
      this.#polled(judgement.holds ? "the hypothesis holds" : (reasons[0] ?? ""));
      return since !== undefined && history.now() - since >= steadyState.windowMs * 1e6;
    };
    try {
      await until(held, "the service is in its steady state")
        .every("250ms")
        .unless(this.#options.signal)
        .atMost(steadyWithin);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      throw new EnvironmentError(`${error.message}: ${reasons.join("; ")}`, {
        hint: `no fault was injected; is the machine busy? ${JSON.stringify(workload.stats())}; logs: ${this.#folder.logs}`,
      });
    }
  }

  #holdsNow({ history }: Live): boolean {
    return this.#loaded.scenario.steadyState.holds(history.events, history.now()).holds;
  }

  async #fault(live: Live, index: number, steadyStart: number): Promise<void> {
    const scheduled = this.#loaded.scenario.faults[index];
    if (!scheduled) return;
    const id = `fault-${index + 1}`;
    const { signal, observer } = this.#options;
    const dueInMs = scheduled.atMs - (live.history.now() - steadyStart) / 1e6;
    await systemClock.sleep(Math.max(0, dueInMs), signal);
    await executeFault(id, scheduled, {
      topology: live.topology,
      random: seededRandom(this.#options.seed + index),
      ledger: live.runtime.ledger,
      clock: systemClock,
      now: () => live.history.now(),
      signal,
      onProgress: (record) => {
        this.#faults.set(id, record);
        appendFileSync(this.#folder.faults, `${JSON.stringify({ time: live.history.now(), ...record })}\n`);
        observer({ type: "fault", record });
      },
    });
  }

  /** Waits until the hypothesis has held again, after each fault, for as long as it takes to be sure. */
  async #untilRecovered(live: Live): Promise<void> {
    const { steadyState, giveUpAfterMs } = this.#loaded.scenario;
    const injections = [...this.#faults.values()]
      .map(({ injectedAt }) => injectedAt)
      .filter((at) => at !== undefined);
    const recovered = () => {
      this.#polled(this.#holdsNow(live) ? "the hypothesis holds; making sure" : "not yet well");
      return injections.every((at) => recovery(live.history.events, at, steadyState).rtoMs !== null);
    };
    await until(recovered, "the service has recovered")
      .every("500ms")
      .unless(this.#options.signal)
      .atMost(giveUpAfterMs)
      .catch((error: unknown) => {
        if (!(error instanceof TimeoutError)) throw error; // not recovered: the verdict will say so
      });
  }

  #judge({ history, sampler, topology }: Live): void {
    const { faults, ...judged } = evaluate({
      scenario: this.#loaded.scenario,
      events: history.events,
      samples: sampler.samples,
      faults: [...this.#faults.values()],
      whyNotInjected: this.#whyNotInjected,
      nodes: topology.nodes,
    });
    for (const fault of faults) this.#faults.set(fault.id, fault);
    this.#judged = judged;
  }

  async #keepRunning(): Promise<void> {
    this.#detail("kept running (--keep); Ctrl-C ends it");
    await new Promise<void>((resolve) => {
      this.#options.signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  #describe({ nodes, network }: RunningTopology): void {
    this.#topology = {
      name: this.#loaded.scenario.topology.name,
      nodes: nodes.map(({ name, kind, address }) => ({ name, kind, address })),
      links: network.links.length,
    };
  }

  async #phase<T>({ history }: Live, phase: Phase, stage: Stage, work: () => Promise<T>): Promise<T> {
    history.phase = phase;
    const from = history.now();
    try {
      return await this.#stage(stage, work);
    } finally {
      this.#phases.push({ name: phase, from, to: history.now() });
    }
  }

  async #stage<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    const { observer } = this.#options;
    observer({ type: "stage", stage, state: "started" });
    const start = systemClock.now();
    try {
      const result = await this.#step(stage, work);
      observer({ type: "stage", stage, state: "done", ms: systemClock.now() - start });
      return result;
    } catch (error) {
      observer({ type: "stage", stage, state: "failed", ms: systemClock.now() - start });
      throw error;
    }
  }

  async #step<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#detail(name);
    const start = systemClock.now();
    const result = await work();
    this.#steps.push({ name, ms: Math.round(systemClock.now() - start) });
    return result;
  }

  #detail(text: string): void {
    this.#options.observer({ type: "detail", text });
  }

  #polled(text: string): void {
    this.#options.observer({ type: "detail", text, polled: true });
  }

  #record(): RunRecord {
    const { scenario, file } = this.#loaded;
    return {
      formatVersion: 1,
      id: this.#folder.id,
      scenario: { file, title: scenario.title },
      seed: this.#options.seed,
      startedAt: this.#startedAt.toISOString(),
      durationMs: Math.round(systemClock.now() - this.#start),
      ...this.#judged,
      replay: `./faultline run ${file} --seed ${this.#options.seed}`,
      phases: this.#phases,
      steadyState: { description: scenario.steadyState.description, windowMs: scenario.steadyState.windowMs },
      faults: [...this.#faults.values()],
      topology: this.#topology,
      machine: machineFacts(),
      versions: this.#versions,
      steps: this.#steps,
      unsupported: [],
    };
  }
}
