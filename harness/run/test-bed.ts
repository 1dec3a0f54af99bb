import type { NetworkKind } from "../network/private-network.ts";
import type { Installed } from "../provision/provision.ts";
import type { TopologyReuse } from "../report/record.ts";
import type { Ledger } from "../runtime/ledger.ts";
import type { NodePreparation } from "../runtime/preparation.ts";
import { ProcessRuntime } from "../runtime/runtime.ts";
import type { RunningTopology, Topology, TopologyContext } from "../topology/topology.ts";
import type { EnvironmentError } from "../util/errors.ts";
import { LogParts } from "./log-parts.ts";

/** The topology that a run wants, and what has to be known to start it. */
export interface TopologyRequest {
  /** The run, for the ledger and `faultline status`. */
  readonly run: { readonly id: string; readonly command: string };
  readonly topology: Topology;
  readonly installed: Installed;
  readonly network: NetworkKind;
  /** What nodes are started with, for the faults to come. */
  readonly preparations: readonly NodePreparation[];
  /** Where the logs of the nodes go, and the ledger: of them, what belongs to this run. */
  readonly logFolder: string;
  /** Told when a node has ended without which nothing else works. */
  readonly onLost: (error: EnvironmentError) => void;
  /** Aborting it ends the run, and the topology with it. */
  readonly signal: AbortSignal;
  readonly step: TopologyContext["step"];
}

/** A topology for one run. Disposing of it gives it back. */
export interface LentTopology extends AsyncDisposable {
  readonly topology: RunningTopology;
  readonly ledger: Ledger;
  /** How it was got ready, where an earlier run had it; absent: it was started for this run. */
  readonly reuse?: TopologyReuse;
  /** Says that the run has left no damage, as far as it knows: another may have the topology after it. */
  keep(): void;
}

/** Starts a topology for one run alone. */
export async function startAlone(request: TopologyRequest): Promise<LentTopology> {
  const bed = await TestBed.start(request, { signal: request.signal, logFolder: request.logFolder });
  return {
    topology: bed.topology,
    ledger: bed.ledger,
    keep() {},
    [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose](),
  };
}

/** A running topology with the runtime that it lives in, for one run after another. */
export class TestBed implements AsyncDisposable {
  readonly #runtime: ProcessRuntime;
  readonly #logParts = new LogParts();
  /** Aborts when it is to end. */
  readonly #end = new AbortController();
  #topology: RunningTopology | undefined;
  #user: TopologyRequest | undefined;

  private constructor(request: TopologyRequest, options: { signal: AbortSignal; logFolder?: string }) {
    this.#runtime = new ProcessRuntime({
      ...options,
      runId: request.run.id,
      command: request.run.command,
      preparations: request.preparations,
      onLost: (error) => this.#user?.onLost(error),
      signal: AbortSignal.any([options.signal, this.#end.signal]),
    });
  }

  /**
   * Starts it; the request's run is the first to have it.
   * @param options.signal ends it.
   * @param options.logFolder where its nodes log, if the first run is the only one; else each run gets its part.
   */
  static async start(
    request: TopologyRequest,
    options: { signal: AbortSignal; logFolder?: string },
  ): Promise<TestBed> {
    const bed = new TestBed(request, options);
    try {
      bed.lendTo(request);
      bed.#topology = await request.topology.start({
        runtime: bed.#runtime,
        installed: request.installed,
        network: request.network,
        signal: AbortSignal.any([options.signal, bed.#end.signal]),
        step: request.step,
      });
      return bed;
    } catch (error) {
      if (options.logFolder === undefined) await bed.takeBack();
      await bed[Symbol.asyncDispose]();
      throw error;
    }
  }

  get topology(): RunningTopology {
    if (!this.#topology) throw new Error("the topology has not started");
    return this.#topology;
  }

  get ledger(): Ledger {
    return this.#runtime.ledger;
  }

  /** From now on it is this run's: what ends the run ends it. */
  lendTo(request: TopologyRequest): void {
    this.#user = request;
    this.#runtime.logsKeptIn = request.logFolder;
    this.ledger.write({ type: "lent", run: request.run.id, command: request.run.command });
    request.signal.addEventListener("abort", this.#abort, { once: true });
    if (request.signal.aborted) this.#abort();
  }

  /** The run is over: it gets its part of the logs. */
  async takeBack(): Promise<void> {
    const user = this.#user;
    if (!user) return;
    user.signal.removeEventListener("abort", this.#abort);
    this.#user = undefined;
    await this.#logParts.copyTo(user.logFolder, [
      ...this.#runtime.nodes.map(({ logFile }) => logFile),
      this.ledger.path,
    ]);
  }

  readonly #abort = (): void => this.#end.abort(this.#user?.signal.reason);

  /** Stops the nodes, and leaves nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await using _runtime = this.#runtime;
    await this.#topology?.[Symbol.asyncDispose]();
  }
}
