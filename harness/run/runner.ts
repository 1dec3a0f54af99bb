import { writeFileSync } from "node:fs";
import { occurrences, type ScheduledFault } from "../faults/schedule.ts";
import { writtenSchedule } from "../faults/written.ts";
import type { Phase } from "../history/event.ts";
import { type History, openHistory } from "../history/recorder.ts";
import type { NetworkKind } from "../network/private-network.ts";
import { type Installed, provision } from "../provision/provision.ts";
import type { PhaseSpan, RunRecord, StepTiming, TopologyReuse, Variation } from "../report/record.ts";
import { writeReport } from "../report/report.ts";
import type { Ledger } from "../runtime/ledger.ts";
import { identify } from "../runtime/proc.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { systemClock } from "../util/clock.ts";
import { messageOf } from "../util/errors.ts";
import { together } from "../util/together.ts";
import type { RunningWorkload } from "../workload/workload.ts";
import { evaluate } from "./evaluate.ts";
import { HeapEvidence, heapReasons } from "./heap-evidence.ts";
import type { LoadedScenario } from "./load-scenarios.ts";
import { machineFacts, versionsOf } from "./machine.ts";
import { assertRoom } from "./preflight.ts";
import { provisionProgress } from "./provision-progress.ts";
import type { RunObserver, Stage } from "./run-event.ts";
import { createRunFolder, type RunFolder } from "./run-folder.ts";
import { RunMetrics } from "./run-metrics.ts";
import { Sampler } from "./sampler.ts";
import { componentsOf } from "./scenario.ts";
import { ScheduledFaults } from "./scheduled-faults.ts";
import { serveMetrics } from "./serve-metrics.ts";
import { VerdictSoFar } from "./so-far.ts";
import { type LentTopology, startAlone, type TopologyRequest } from "./test-bed.ts";
import type { TopologyPool } from "./topology-pool.ts";
import { holdsNow, untilRecovered, untilSteady, type Watched } from "./waits.ts";

export interface RunOptions {
  /** Where run folders go, usually `reports`. */
  readonly reportsFolder: string;
  readonly seed: number;
  /** How links are silenced (default `proxy`). */
  readonly network?: NetworkKind;
  /** Leaves the nodes running for a look, until the signal aborts. */
  readonly keep?: boolean;
  /** Lends the topology; absent: it is started for this run, and ended with it. */
  readonly pool?: TopologyPool;
  /** The command that runs it again, where that is not `run` with the scenario's file. */
  readonly replay?: string;
  /** Said in the record, when the scenario is not run as its file has it. */
  readonly variation?: Variation;
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

/**
 * How long the hypothesis must hold, over its window, before the steady phase begins. A topology that has just started gets a
 * whole window more, to be past its first awkwardness; one that has served a run before is past it.
 */
const reusedHoldMs = 1_000;

/**
 * How often a steady phase says what can be said of it before its end. A hundred series are judged in a tenth of a second, in which this
 * process sends no load.
 */
const soFarEveryMs = 60_000;

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

/** The ledger knows the processes of the run, so that they end with it, whoever ends it. */
function noteProcess(ledger: Ledger, name: string, pid: number): void {
  const identity = identify(pid);
  if (identity !== undefined) ledger.write({ type: "started", node: name, ...identity });
}

/** The parts of a run that exist only while its nodes do. */
interface Live {
  readonly topology: RunningTopology;
  readonly ledger: Ledger;
  readonly history: History;
  readonly workload: RunningWorkload;
  readonly sampler: Sampler;
  readonly soFar: VerdictSoFar;
  /** Absent: its instances do not tell of their heaps. */
  readonly heaps?: HeapEvidence;
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
  readonly #schedule: readonly ScheduledFault[];
  readonly #faults: ScheduledFaults;
  #whyNotInjected: string | undefined;
  #endedBy: string | undefined;
  #versions: Record<string, string> = {};
  #topology: RunRecord["topology"];
  #reuse: TopologyReuse | undefined;
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
    this.#schedule = occurrences(loaded.scenario.faults, options.seed);
    this.#faults = new ScheduledFaults(this.#schedule, {
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
      provision(componentsOf(scenario), { signal, onProgress: provisionProgress(observer) }),
    );
    this.#versions = versionsOf(installed);
    await this.#faults.examine();

    await using resources = new AsyncDisposableStack();
    const lent = resources.use(await this.#stage("start nodes", () => this.#borrowTopology(installed)));
    const { topology, ledger } = lent;
    this.#reuse = lent.reuse;
    this.#describe(topology);
    const history = resources.use(openHistory(this.#folder.history));
    this.#startedAt = new Date();
    const soFar = new VerdictSoFar(scenario.checks);
    const sampler = resources.use(
      new Sampler(topology, this.#folder.samples, {
        now: () => history.now(),
        faults: () => this.#faults.records,
        onSample: (sample) => soFar.add(sample),
        broken: (error) => this.#broken.abort(error),
      }),
    );
    await this.#serveMetrics(resources, { topology, history, sampler });
    const workload = resources.use(
      scenario.workload.start({
        history,
        services: topology.services,
        lockers: topology.lockers,
        consumers: topology.consumers,
        load: topology.load,
        jwtSecret: topology.jwtSecret,
        audioFolder: topology.audioFolder,
        upstreamUrl: topology.upstreamUrl,
        installed,
        folder: this.#folder.path,
        seed: this.#options.seed,
        clock: systemClock,
        sample: (sample) => sampler.add(sample),
        spawned: (name, pid) => noteProcess(ledger, name, pid),
        broken: (error) => this.#broken.abort(error),
        signal,
      }),
    );
    const heaps = this.#heapsOf(topology);
    const live = {
      topology,
      ledger,
      history,
      workload,
      sampler,
      soFar,
      ...(heaps === undefined ? {} : { heaps }),
    };
    await this.#drive(live);
    await this.#stage("judge", async () => this.#judge(live));
    if (this.#options.keep) await this.#keepRunning();
    if (this.#leftNoDamage(topology)) lent.keep();
    await this.#stage("tear down", () => resources.disposeAsync());
  }

  #heapsOf({ nodes, diagnosticsFolder }: RunningTopology): HeapEvidence | undefined {
    if (diagnosticsFolder === undefined) return undefined;
    const instances = nodes.filter(({ kind }) => kind === "stt");
    return new HeapEvidence(instances, diagnosticsFolder, this.#signal);
  }

  #borrowTopology(installed: Installed): Promise<LentTopology> {
    const request: TopologyRequest = {
      run: { id: this.#folder.id, command: `run ${this.#loaded.file}` },
      topology: this.#loaded.scenario.topology,
      installed,
      network: this.#network,
      preparations: this.#faults.preparations,
      logFolder: this.#folder.logs,
      onLost: (error) => this.#broken.abort(error),
      signal: this.#signal,
      step: (name, work) => this.#step(name, work),
    };
    return this.#options.pool?.lend(request) ?? startAlone(request);
  }

  /** Shows Prometheus, where there is one, what only the run knows. */
  async #serveMetrics(
    resources: AsyncDisposableStack,
    { topology, history, sampler }: Pick<Live, "topology" | "history" | "sampler">,
  ): Promise<void> {
    if (topology.prometheus === undefined) return;
    const metrics = new RunMetrics({
      ...{ id: this.#folder.id, scenario: this.#loaded.file },
      phase: () => history.phase,
      events: history.events,
      samples: sampler.samples,
      faults: () => this.#faults.records,
      nodes: topology.nodes,
      now: () => history.now(),
    });
    resources.use(await serveMetrics(topology.prometheus.scrapesHarnessAt, metrics));
  }

  /** As far as a run can know: every fault that struck was proven healed, and no node has ended by itself. */
  #leftNoDamage({ nodes }: RunningTopology): boolean {
    const healed = this.#faults.records.every(
      ({ injectedAt, healProvenAt }) => injectedAt === undefined || healProvenAt !== undefined,
    );
    return healed && nodes.every(({ unexpectedExit }) => unexpectedExit === undefined);
  }

  /** The phases of the run, each ended by what it waits for. */
  async #drive(live: Live): Promise<void> {
    const { history, workload } = live;
    await this.#phase(live, "setup", "reach steady state", async () => {
      await this.#untilSteady(live);
      if (live.heaps === undefined) return;
      await live.heaps.take();
      await this.#untilSteady(live); // an instance stands still while its heap is taken
    });

    const steadyStart = history.now();
    const stillSteady = await this.#phase(live, "steady", "steady", async () => {
      if (this.#faults.any) await systemClock.sleep(this.#faults.firstAtMs, this.#signal);
      else await this.#watchWithoutFaults(live);
      return holdsNow(this.#watched(live));
    });
    if (this.#faults.any && !stillSteady) {
      // A fault on a service that is not well proves nothing: without it, the verdict is inconclusive.
      this.#whyNotInjected = "the steady state no longer held when the first fault was due";
    } else if (this.#faults.any) {
      await this.#phase(live, "fault", "fault", () =>
        this.#faults.strike(live.topology, live.ledger, () => live.history.now(), steadyStart),
      );
      await this.#phase(live, "recovery", "recovery", () => this.#untilRecovered(live));
    }
    await this.#phase(live, "drain", "drain", async () => {
      workload.stop();
      await workload.drained();
      await workload.finalReads();
      await live.heaps?.take();
    });
  }

  async #watchWithoutFaults({ workload, soFar }: Live): Promise<void> {
    const { steadyForMs } = this.#loaded.scenario;
    const timer = setInterval(() => {
      const said = soFar.say();
      if (said !== undefined) this.#polled(said);
    }, soFarEveryMs);
    try {
      await together([
        systemClock.sleep(steadyForMs, this.#signal),
        workload.finished?.() ?? Promise.resolve(),
      ]);
    } finally {
      clearInterval(timer);
    }
  }

  #watched({ history }: Live): Watched {
    const { steadyState } = this.#loaded.scenario;
    return { history, steadyState, signal: this.#signal, polled: (how) => this.#polled(how) };
  }

  async #untilSteady(live: Live): Promise<void> {
    const { windowMs } = this.#loaded.scenario.steadyState;
    const holdMs = this.#reuse ? Math.min(reusedHoldMs, windowMs) : windowMs;
    const hint = () =>
      `no fault was injected; is the machine busy? ${JSON.stringify(live.workload.stats())}; logs: ${this.#folder.logs}`;
    await untilSteady(this.#watched(live), holdMs, hint);
  }

  /** Waits until the hypothesis has held again, after each fault, for as long as it takes to be sure. */
  async #untilRecovered(live: Live): Promise<void> {
    const injections = this.#faults.records
      .map(({ injectedAt }) => injectedAt)
      .filter((at) => at !== undefined);
    await untilRecovered(this.#watched(live), injections, this.#loaded.scenario.giveUpAfterMs);
  }

  #judge({ history, sampler, topology, heaps }: Live): void {
    const { faults, ...judged } = evaluate({
      scenario: this.#loaded.scenario,
      events: history.events,
      samples: sampler.samples,
      phases: this.#phases,
      faults: this.#faults.records,
      whyNotInjected: this.#whyNotInjected,
      nodes: topology.nodes,
    });
    this.#faults.complete(faults);
    this.#describe(topology); // by now some nodes may have ended that should not
    this.#judged = judged;
    const leaks = judged.checks.some(({ anomalies }) => anomalies.some(({ type }) => type === "leak"));
    if (heaps !== undefined && leaks) this.#showHeaps(heaps);
  }

  /** What a leak consists of, as far as the heap shows it. */
  #showHeaps(heaps: HeapEvidence): void {
    const findings = heaps.findings();
    writeFileSync(this.#folder.heapGrowth, `${JSON.stringify(Object.fromEntries(findings), null, 2)}\n`);
    this.#judged = { ...this.#judged, reasons: [...this.#judged.reasons, ...heapReasons(findings)] };
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
      ...(this.#reuse === undefined ? {} : { reused: this.#reuse }),
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

  #replayCommand(): string {
    if (this.#options.replay !== undefined) return this.#options.replay;
    if (this.#options.variation !== undefined) return `./faultline replay ${this.#folder.path}`;
    const network = this.#network === "netns" ? " --network netns" : "";
    return `./faultline run ${this.#loaded.file} --seed ${this.#options.seed}${network}`;
  }

  #record(): RunRecord {
    const { scenario, file } = this.#loaded;
    const { variation } = this.#options;
    const schedule = writtenSchedule(this.#schedule);
    return {
      formatVersion: 1,
      id: this.#folder.id,
      scenario: { file, title: scenario.title },
      seed: this.#options.seed,
      startedAt: this.#startedAt.toISOString(),
      durationMs: Math.round(systemClock.now() - this.#start),
      ...this.#judged,
      replay: this.#replayCommand(),
      phases: this.#phases,
      steadyState: { description: scenario.steadyState.description, windowMs: scenario.steadyState.windowMs },
      faults: this.#faults.records,
      ...(schedule === undefined ? {} : { schedule }),
      ...(variation === undefined ? {} : { variation }),
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
