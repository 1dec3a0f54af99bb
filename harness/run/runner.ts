import { writeFileSync } from "node:fs";
import { recovery } from "../checkers/recovery.ts";
import { occurrences } from "../faults/schedule.ts";
import type { Phase } from "../history/event.ts";
import { type History, openHistory } from "../history/recorder.ts";
import type { NetworkKind } from "../network/private-network.ts";
import { provision } from "../provision/provision.ts";
import type { PhaseSpan, RunRecord, StepTiming } from "../report/record.ts";
import { writeReport } from "../report/report.ts";
import { ProcessRuntime } from "../runtime/runtime.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { systemClock } from "../util/clock.ts";
import { EnvironmentError, messageOf } from "../util/errors.ts";
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
import { ScheduledFaults } from "./scheduled-faults.ts";

export interface RunOptions {
  /** Where run folders go, usually `reports`. */
  readonly reportsFolder: string;
  readonly seed: number;
  /** How links are silenced (default `proxy`). */
  readonly network?: NetworkKind;
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
  /** Aborts when the test bed itself is broken. */
  readonly #broken = new AbortController();
  /** Aborts when the run is to end early. */
  readonly #signal: AbortSignal;
  /** Wall clock at time 0 of the history. */
  #startedAt = new Date();
  readonly #start = systemClock.now();
  readonly #steps: StepTiming[] = [];
  readonly #phases: PhaseSpan[] = [];
  readonly #faults: ScheduledFaults;
  #whyNotInjected: string | undefined;
  #endedBy: string | undefined;
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
    this.#signal = AbortSignal.any([options.signal, this.#broken.signal]);
    this.#faults = new ScheduledFaults(occurrences(loaded.scenario.faults, options.seed), {
      seed: options.seed,
      file: folder.faults,
      observer: options.observer,
      signal: this.#signal,
    });
    this.#topology = { name: loaded.scenario.topology.name, nodes: [], links: 0 };
  }

  get #network(): NetworkKind {
    return this.#options.network ?? "proxy";
  }

  async execute(): Promise<{ record: RunRecord; error?: unknown }> {
    try {
      await this.#executeStages();
      return { record: this.#record() };
    } catch (error) {
      const verdict = this.#options.signal.aborted ? "inconclusive" : "errored";
      this.#endedBy = messageOf(error);
      this.#judged = { ...this.#judged, verdict, reasons: [this.#endedBy] };
      return { record: this.#record(), error };
    }
  }

  async #executeStages(): Promise<void> {
    const { scenario } = this.#loaded;
    const { observer } = this.#options;
    const signal = this.#signal;
    await assertRoom(this.#options.reportsFolder);
    const installed = await this.#stage("provision", () =>
      provision(scenario.topology.components, { signal, onProgress: provisionProgress(observer) }),
    );
    this.#versions = versionsOf(installed);
    await this.#faults.examine();

    await using resources = new AsyncDisposableStack();
    const runtime = resources.use(
      new ProcessRuntime({
        runId: this.#folder.id,
        command: `run ${this.#loaded.file}`,
        onLost: (error) => this.#broken.abort(error),
        logFolder: this.#folder.logs,
        preparations: this.#faults.preparations,
        signal,
      }),
    );
    const topology = resources.use(
      await this.#stage("start nodes", () =>
        scenario.topology.start({
          runtime,
          installed,
          network: this.#network,
          signal,
          step: (name, work) => this.#step(name, work),
        }),
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
        lockers: topology.lockers,
        load: topology.load,
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
    const stillSteady = await this.#phase(live, "steady", "steady", async () => {
      if (this.#faults.any) await systemClock.sleep(this.#faults.firstAtMs, this.#signal);
      return this.#holdsNow(live);
    });
    if (!stillSteady) {
      // A fault on a service that is not well proves nothing: without it, the verdict is inconclusive.
      this.#whyNotInjected = "the steady state no longer held when the first fault was due";
    } else if (this.#faults.any) {
      await this.#phase(live, "fault", "fault", () =>
        this.#faults.strike(live.topology, live.runtime.ledger, () => live.history.now(), steadyStart),
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
        .unless(this.#signal)
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

  /** Waits until the hypothesis has held again, after each fault, for as long as it takes to be sure. */
  async #untilRecovered(live: Live): Promise<void> {
    const { steadyState, giveUpAfterMs } = this.#loaded.scenario;
    const injections = this.#faults.records
      .map(({ injectedAt }) => injectedAt)
      .filter((at) => at !== undefined);
    const recovered = () => {
      this.#polled(this.#holdsNow(live) ? "the hypothesis holds; making sure" : "not yet well");
      return injections.every((at) => recovery(live.history.events, at, steadyState).rtoMs !== null);
    };
    await until(recovered, "the service has recovered")
      .every("500ms")
      .unless(this.#signal)
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
      faults: this.#faults.records,
      whyNotInjected: this.#whyNotInjected,
      nodes: topology.nodes,
    });
    this.#faults.complete(faults);
    this.#describe(topology); // by now some nodes may have ended that should not
    this.#judged = judged;
  }

  async #keepRunning(): Promise<void> {
    this.#detail("kept running (--keep); Ctrl-C ends it");
    await new Promise<void>((resolve) => {
      this.#signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  #describe({ nodes, network }: RunningTopology): void {
    this.#topology = {
      name: this.#loaded.scenario.topology.name,
      nodes: nodes.map(({ name, kind, address, unexpectedExit }) => ({
        ...{ name, kind, address },
        ...(unexpectedExit === undefined ? {} : { unexpectedExit }),
      })),
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
      replay: `./faultline run ${file} --seed ${this.#options.seed}${this.#network === "netns" ? " --network netns" : ""}`,
      phases: this.#phases,
      steadyState: { description: scenario.steadyState.description, windowMs: scenario.steadyState.windowMs },
      faults: this.#faults.records,
      ...(this.#whyNotInjected === undefined ? {} : { whyNotInjected: this.#whyNotInjected }),
      ...(this.#endedBy === undefined ? {} : { endedBy: this.#endedBy }),
      topology: this.#topology,
      network: this.#network,
      machine: machineFacts(),
      versions: this.#versions,
      steps: this.#steps,
      unsupported: this.#faults.unsupported,
    };
  }
}
