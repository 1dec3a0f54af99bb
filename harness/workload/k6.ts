import { join, resolve } from "node:path";
import { formatDuration } from "../util/duration.ts";
import { EnvironmentError, messageOf } from "../util/errors.ts";
import { until } from "../util/until.ts";
import { type K6Options, k6Environment, k6Script } from "./k6/k6-options.ts";
import { K6Process, k6ExitCodes, lastLines } from "./k6/k6-process.ts";
import { readOwnThresholds } from "./k6/own-thresholds.ts";
import { K6RollUp } from "./k6/roll-up.ts";
import type { RunningWorkload, Workload, WorkloadContext } from "./workload.ts";

export type { K6Options } from "./k6/k6-options.ts";

/** What k6 has done so far. */
export type K6Stats = Readonly<{ requests: number; iterations: number; dropped: number }>;

/** Files of the run's folder. */
export const k6Files = { log: "k6.log", summary: "k6-summary.json", dashboard: "k6-dashboard.html" } as const;

/**
 * k6 as a workload. It begins when the service is well, and ends with its profile: a run without faults lasts so long. With faults it
 * has to last longer than they and the recovery do, and is ended then; ending before is an error. Its samples, summed up by
 * the second, are part of the run's, each with the phase that it belongs to.
 *
 * It records no operations: what was lost is for another workload to see, beside it ({@link mixed}), which also tells whether the service is well.
 * @throws UsageError for a script that is not there.
 */
export function k6(options: K6Options): Workload<K6Stats> {
  const { script, profile, model = "closed", strict = false, env = {} } = options;
  const path = k6Script(script);
  const more = Object.entries(env).map(([name, value]) => `, ${name}=${value}`);
  return {
    name: "k6",
    description: `k6 ${script}: ${profile}, ${profile === "breakpoint" ? "open" : model} model${strict ? ", strict" : ""}${more.join("")}`,
    components: ["k6"],
    start: (context) => new RunningK6(options, path, context),
  };
}

class RunningK6 implements RunningWorkload<K6Stats> {
  readonly #options: K6Options;
  readonly #script: string;
  readonly #context: WorkloadContext;
  readonly #counts = { requests: 0, iterations: 0, dropped: 0 };
  readonly #done: Promise<void>;
  readonly #endedByItself = Promise.withResolvers<void>();
  readonly #disposed = new AbortController();
  #process: K6Process | undefined;
  #stopping = false;

  constructor(options: K6Options, script: string, context: WorkloadContext) {
    this.#options = options;
    this.#script = script;
    this.#context = context;
    this.#endedByItself.promise.catch(() => {});
    const { signal } = context; // the run waits for nobody who has not ended, also when it is interrupted
    signal.addEventListener("abort", () => this.#endedByItself.reject(signal.reason), { once: true });
    this.#done = this.#drive();
    this.#done.catch((error) => {
      this.#endedByItself.reject(error);
      if (!this.#signal.aborted) context.broken(error); // else the run is ending anyway
    });
  }

  stop(): void {
    this.#stopping = true;
    this.#process?.interrupt();
  }

  async drained(): Promise<void> {
    this.stop();
    await this.#process?.endedInTime();
    await this.#done;
  }

  /** When k6 has come to the end of its profile. */
  async finished(): Promise<void> {
    await this.#endedByItself.promise;
  }

  async finalReads(): Promise<void> {}

  stats(): K6Stats {
    return { ...this.#counts };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    this.#disposed.abort(new Error("the workload has been disposed of"));
    await this.#process?.[Symbol.asyncDispose]();
    await this.#done.catch(() => {});
  }

  get #signal(): AbortSignal {
    return AbortSignal.any([this.#context.signal, this.#disposed.signal]);
  }

  async #drive(): Promise<void> {
    const { history } = this.#context;
    const begin = () => this.#stopping || history.phase !== "setup";
    await this.#wait(begin, "the service is well");
    if (this.#stopping) return;
    await this.#run();
    this.#endedByItself.resolve();
    if (this.#stopping) return;
    const endedAt = history.now();
    await this.#wait(() => this.#stopping || history.phase !== "steady", "the load is over");
    if (this.#stopping || history.phase === "drain") return;
    throw new EnvironmentError(
      `k6 came to the end of its profile ${this.#options.profile} at ${formatDuration(endedAt / 1e6)}, before the faults and the recovery were over: what followed was without load`,
      { hint: "let it last longer: another profile, or a larger SCALE" },
    );
  }

  /** From the start of k6 to its end. */
  async #run(): Promise<void> {
    const { history, sample, spawned, load } = this.#context;
    const folder = resolve(this.#context.folder); // k6 has another working directory
    const unixAtZero = Date.now() - history.now() / 1e6;
    const rollUp = new K6RollUp({
      toAxis: (unixMs) => Math.round((unixMs - unixAtZero) * 1e6),
      phaseAt: (ns) => history.phaseAt(ns),
      emit: sample,
    });
    const logFile = join(folder, k6Files.log);
    await using child = await K6Process.start(
      {
        binary: this.#binary(),
        script: this.#script,
        args: ["--summary-export", join(folder, k6Files.summary)],
        env: k6Environment(this.#options, {
          ...this.#context,
          folder,
          kafka: load.kafka,
          dashboard: join(folder, k6Files.dashboard),
        }),
        ...{ folder, logFile },
      },
      (line) => {
        rollUp.add(line);
        if (line.type === "Metric") return;
        if (line.metric === "http_reqs") this.#counts.requests++;
        if (line.metric === "iterations") this.#counts.iterations += line.data.value;
        if (line.metric === "dropped_iterations") this.#counts.dropped += line.data.value;
      },
    );
    this.#disposed.signal.throwIfAborted(); // while it was starting
    this.#process = child;
    spawned("k6", child.pid);
    if (this.#stopping) child.interrupt(); // asked for while it was starting
    const { code, signal } = await child.ended;
    rollUp.finish();
    if (this.#stopping && signal === "SIGINT") return; // it had not yet begun
    const asked = this.#stopping && code === k6ExitCodes.interrupted;
    if (!asked && code !== k6ExitCodes.ok && code !== k6ExitCodes.thresholds) {
      throw new EnvironmentError(
        `k6 ${this.#options.script} ended with ${signal ?? code} at ${formatDuration(history.now() / 1e6)}${await lastLines(logFile)}`,
        { hint: `see ${logFile}` },
      );
    }
    const { profile, ownThresholds = profile !== "breakpoint" } = this.#options;
    if (!ownThresholds) return;
    const summary = join(folder, k6Files.summary);
    for (const one of await readOwnThresholds(summary, history.now()).catch(noSummary(summary))) sample(one);
  }

  #binary(): string {
    const { k6: installed } = this.#context.installed;
    if (installed === undefined) throw new EnvironmentError("k6 was not provisioned for this run");
    return installed.binary;
  }

  #wait(condition: () => boolean, what: string): Promise<unknown> {
    return until(condition, what, this.#context.clock).every("20ms").unless(this.#signal).atMost("30d");
  }
}

const noSummary =
  (path: string) =>
  (error: unknown): never => {
    throw new EnvironmentError(`k6 left no summary in ${path}: ${messageOf(error)}`);
  };
