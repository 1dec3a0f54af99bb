import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { EnvironmentError, messageOf } from "../util/errors.ts";
import { until } from "../util/until.ts";
import type { Ledger } from "./ledger.ts";
import type { Node, NodeSpec, NodeState } from "./node.ts";
import type { NodePreparation } from "./preparation.ts";
import {
  identify,
  isAlive,
  isPaused,
  type ProcessIdentity,
  processTree,
  runMarker,
  signal,
  type Usage,
  usageOf,
} from "./proc.ts";
import { NodeResources } from "./resources.ts";

/** Where a run keeps the data of its nodes, where it logs, and what marks its processes. */
export interface ProcessNodeContext {
  readonly runId: string;
  readonly dataFolder: string;
  readonly logFolder: string;
  /** Where people find a log of a name, when the run is over. */
  readonly keptLog: (name: string) => string;
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
  /** What nodes are started with for the faults to come. */
  readonly preparations?: readonly NodePreparation[];
  /** Told when a vital node has ended and nobody asked it to. */
  readonly onLost?: (error: EnvironmentError) => void;
}

const stopDeadline = "15s";

/** A node as a detached local process in a session of its own, so that a Ctrl-C for the runner does not reach it. */
export class ProcessNode implements Node {
  readonly folder: string;
  readonly logFile: string;
  readonly resources: NodeResources;
  readonly #spec: NodeSpec;
  readonly #context: ProcessNodeContext;
  #prepared = false;
  #child: ChildProcess | undefined;
  #identity: ProcessIdentity | undefined;
  #paused = false;
  /** True from the moment we ask for its end, so that another exit is known as unexpected. */
  #endAsked = false;
  #lastExit: string | undefined;
  #unexpectedExit: string | undefined;
  /** Ids of the faults that may end it. */
  readonly #exitExpectedBy = new Set<string>();

  constructor(spec: NodeSpec, context: ProcessNodeContext) {
    this.#spec = spec;
    this.#context = context;
    this.folder = join(context.dataFolder, spec.name);
    this.logFile = join(context.logFolder, `${spec.name}.log`);
    this.resources = new NodeResources({
      ...context,
      preparations: context.preparations ?? [],
      node: spec.name,
      kind: spec.kind,
      folder: this.folder,
      command: spec.command,
      processes: () => (this.#identity && this.isAlive() ? processTree(this.#identity.pid) : []),
    });
  }

  get name(): string {
    return this.#spec.name;
  }

  get #keptLog(): string {
    return this.#context.keptLog(basename(this.logFile));
  }

  get kind(): string {
    return this.#spec.kind;
  }

  get address(): string {
    return this.#spec.address;
  }

  get state(): NodeState {
    if (!this.isAlive()) return "stopped";
    return this.#paused ? "paused" : "running";
  }

  get pid(): number | undefined {
    return this.isAlive() ? this.#identity?.pid : undefined;
  }

  get lastExit(): string | undefined {
    return this.#lastExit;
  }

  get unexpectedExit(): string | undefined {
    return this.#unexpectedExit;
  }

  expectExit(id: string): void {
    this.#exitExpectedBy.add(id);
  }

  expectNoExit(id: string): void {
    this.#exitExpectedBy.delete(id);
  }

  isAlive(): boolean {
    return this.#identity !== undefined && isAlive(this.#identity);
  }

  usage(): Usage | undefined {
    return this.#identity && this.isAlive() ? usageOf(this.#identity.pid) : undefined;
  }

  async isReady(): Promise<boolean> {
    return this.state === "running" && (await this.#spec.ready());
  }

  async start(): Promise<void> {
    if (this.isAlive()) return;
    if (this.#child) await this.#untilGone("5s"); // ended by itself a moment ago, perhaps not yet reaped
    if (!this.#prepared) {
      mkdirSync(this.folder, { recursive: true, mode: 0o755 });
      await this.resources.prepare();
      await this.#spec.prepare(this.folder);
      this.#prepared = true;
    }
    this.#context.signal.throwIfAborted();
    await this.#spawn();
    const becoming = new AbortController();
    try {
      await Promise.all([this.#spec.onSpawned?.(becoming.signal), this.#untilReady()]);
    } finally {
      becoming.abort(new Error(`${this.name} did not become ready`));
    }
  }

  async #spawn(): Promise<void> {
    const { command, args, env, user, name } = this.#spec;
    this.#context.ledger.write({ type: "starting", node: name });
    this.#endAsked = false;
    this.#lastExit = undefined;
    this.#unexpectedExit = undefined;
    const log = openSync(this.logFile, "a");
    const child = spawn(command, args, {
      detached: true,
      cwd: this.folder,
      stdio: ["ignore", log, log],
      env: {
        PATH: process.env.PATH,
        LANG: "C.UTF-8",
        ...env,
        ...this.resources.environment(),
        [runMarker]: this.#context.runId,
      },
      ...user,
    });
    closeSync(log);
    child.unref();
    child.on("exit", (code, by) =>
      this.#exited(child, by ? `was killed by ${by}` : `exited with code ${code}`),
    );
    try {
      await once(child, "spawn");
    } catch (error) {
      throw new EnvironmentError(`${name}: could not start ${command}: ${messageOf(error)}`, {
        cause: error,
      });
    }
    this.#child = child;
    this.#identity = child.pid === undefined ? undefined : identify(child.pid);
    if (this.#identity) {
      this.#context.ledger.write({ type: "started", node: name, ...this.#identity });
      this.resources.started(this.#identity.pid);
    }
  }

  #exited({ pid }: ChildProcess, how: string): void {
    if (pid !== undefined) this.resources.ended(pid);
    this.#lastExit = how;
    if (this.#endAsked) return;
    if (this.#exitExpectedBy.size === 0) {
      this.#unexpectedExit = how;
      if (this.#spec.vital) this.#context.onLost?.(this.#lossOf(how));
    } else {
      // As when we end it ourselves; a link that cannot be closed for it is no reason to end the run.
      this.#spec.onEnded?.().catch(() => {});
    }
  }

  #lossOf(how: string): EnvironmentError {
    return new EnvironmentError(`${this.name} ended though nobody asked it to: it ${how}`, {
      hint: `without it nothing reaches anything, so the run was ended; its log: ${this.#keptLog}`,
    });
  }

  async #untilReady(): Promise<void> {
    const { name, ready, readyWithin } = this.#spec;
    const readyOrDead = async () => {
      if (this.#lastExit !== undefined) return "dead";
      return (await ready()) ? "ready" : undefined;
    };
    try {
      const outcome = await until(readyOrDead, `${name} is ready`)
        .every("50ms")
        .unless(this.#context.signal)
        .atMost(readyWithin);
      if (outcome === "dead") throw new Error(`it ${this.#lastExit}`);
    } catch (error) {
      this.#context.signal.throwIfAborted();
      throw new EnvironmentError(`${name} did not become ready: ${messageOf(error)}\n${this.#logTail()}`, {
        hint: `its whole log: ${this.#keptLog}`,
        cause: error,
      });
    }
  }

  #logTail(): string {
    const lines = readFileSync(this.logFile, "utf8").trimEnd().split("\n").slice(-12);
    return lines.map((line) => `  | ${line.slice(0, 300)}`).join("\n");
  }

  async stop(): Promise<void> {
    if (!this.#identity || !this.isAlive()) return;
    if (this.#paused) await this.resume();
    this.#endAsked = true;
    signal(this.#identity.pid, this.#spec.stopSignal);
    try {
      await this.#untilGone(stopDeadline);
      await this.#spec.onEnded?.();
    } catch {
      await this.kill();
    }
  }

  async kill(): Promise<void> {
    if (!this.#identity || !this.isAlive()) return;
    this.#endAsked = true;
    // Paused children would not notice that their parent is gone, and hold on to its memory and files.
    const doomed = this.#paused ? processTree(this.#identity.pid) : [this.#identity.pid];
    this.#paused = false;
    for (const pid of doomed) signal(pid, "SIGKILL");
    await this.#untilGone("5s");
    await this.#spec.onEnded?.();
  }

  /** Its children are paused as well: PostgreSQL serves each session in a process of its own. */
  async pause(): Promise<void> {
    const { pid } = this.#alive();
    const allPaused = () => {
      const going = processTree(pid).filter((one) => identify(one) && !isPaused(one));
      for (const one of going) signal(one, "SIGSTOP"); // the parent first, so that it starts no more
      return going.length === 0;
    };
    await until(allPaused, `${this.name} is stopped by SIGSTOP`).every("5ms").atMost("2s");
    this.#paused = true;
  }

  async resume(): Promise<void> {
    if (!this.#identity || !this.isAlive()) return;
    const { pid } = this.#identity;
    const allGoOn = () => {
      const paused = processTree(pid).filter(isPaused);
      for (const one of paused) signal(one, "SIGCONT");
      return paused.length === 0;
    };
    await until(allGoOn, `${this.name} goes on after SIGCONT`).every("5ms").atMost("2s");
    this.#paused = false;
  }

  #alive(): ProcessIdentity {
    if (this.#identity && this.isAlive()) return this.#identity;
    throw new EnvironmentError(`${this.name} does not run`, { hint: `its log: ${this.#keptLog}` });
  }

  /** Gone from the process table *and* reaped, so that its ports and locks are free. */
  async #untilGone(limit: string): Promise<void> {
    const child = this.#child;
    await until(
      () => !this.isAlive() && (child?.exitCode !== null || child.signalCode !== null),
      `${this.name} has ended`,
    )
      .every("10ms")
      .atMost(limit);
  }
}
