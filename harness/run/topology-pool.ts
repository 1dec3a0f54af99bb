import type { TopologyReuse } from "../report/record.ts";
import { systemClock } from "../util/clock.ts";
import { messageOf } from "../util/errors.ts";
import { resetTopology } from "./reset-topology.ts";
import { type LentTopology, TestBed, type TopologyRequest } from "./test-bed.ts";

/** What a pool keeps: a {@link TestBed}, or a stand-in for one in tests. */
export type PooledBed = Pick<TestBed, "topology" | "ledger" | "lendTo" | "takeBack"> & AsyncDisposable;

/** How a pool starts and resets; tests have their own ways. */
export interface PoolWays {
  start(request: TopologyRequest, signal: AbortSignal): Promise<PooledBed>;
  /** @returns what proves it clean. @throws Error saying what is not. */
  reset(bed: PooledBed, signal: AbortSignal): Promise<readonly string[]>;
}

const realWays: PoolWays = {
  start: (request, signal) => TestBed.start(request, { signal }),
  reset: ({ topology, ledger }, signal) => resetTopology(topology, ledger, signal),
};

/** One that is at rest, and who had it last. */
interface Resting {
  readonly bed: PooledBed;
  readonly key: string;
  readonly lastRun: string;
}

/**
 * Keeps a topology running from one run to the next that wants the same. It has at most one, for the machine's memory.
 *
 * A run must not meet what another has left. So a topology is kept only if its run says that every fault was proven
 * healed, and lent again only if it was reset and proven to be as it was when it had just started. In every other
 * case it is ended, and another one started: that costs seconds, and nothing else.
 */
export class TopologyPool implements AsyncDisposable {
  readonly #signal: AbortSignal;
  readonly #ways: PoolWays;
  #resting: Resting | undefined;
  #lent = false;

  /** @param options.signal aborting it ends what runs, whoever has it. */
  constructor({ signal, ways = realWays }: { readonly signal: AbortSignal; readonly ways?: PoolWays }) {
    this.#signal = signal;
    this.#ways = ways;
  }

  /**
   * Lends the topology at rest, reset, if it will do, and else starts one.
   * @throws what starting throws.
   */
  async lend(request: TopologyRequest): Promise<LentTopology> {
    if (this.#lent) throw new Error("the pool's topology is lent: a pool is for one run after another");
    this.#lent = true;
    try {
      const reused = await this.#reuse(request);
      if (reused) return reused;
      return this.#lease(request, await this.#ways.start(request, this.#signal));
    } catch (error) {
      this.#lent = false;
      throw error;
    }
  }

  async #reuse(request: TopologyRequest): Promise<LentTopology | undefined> {
    const resting = this.#resting;
    if (!resting) return undefined;
    this.#resting = undefined;
    const { bed, key, lastRun } = resting;
    if (key !== keyOf(request)) {
      await request.step("end the last run's topology: it is another", () => end(bed));
      return undefined;
    }
    bed.lendTo(request);
    try {
      const start = systemClock.now();
      const proof = await request.step("reset the topology", () => this.#ways.reset(bed, request.signal));
      const resetMs = Math.round(systemClock.now() - start);
      return this.#lease(request, bed, { after: lastRun, resetMs, proof });
    } catch (error) {
      await bed.takeBack();
      await request.step(`end the last run's topology: ${messageOf(error)}`, () => end(bed));
      request.signal.throwIfAborted();
      return undefined;
    }
  }

  #lease(request: TopologyRequest, bed: PooledBed, reuse?: TopologyReuse): LentTopology {
    let kept = false;
    return {
      topology: bed.topology,
      ledger: bed.ledger,
      ...(reuse === undefined ? {} : { reuse }),
      keep: () => {
        kept = true;
      },
      [Symbol.asyncDispose]: async () => {
        this.#lent = false;
        await bed.takeBack();
        if (kept && mayRest(request, bed)) {
          this.#resting = { bed, key: keyOf(request), lastRun: request.run.id };
        } else {
          await end(bed);
        }
      },
    };
  }

  /** Ends what is at rest. What is lent ends with its run. */
  async [Symbol.asyncDispose](): Promise<void> {
    const resting = this.#resting;
    this.#resting = undefined;
    if (resting) await end(resting.bed);
  }
}

/** Nodes that were prepared for a fault keep what it did to their disks and clocks; a run that was ended proves nothing. */
const mayRest = ({ preparations, signal }: TopologyRequest, { topology }: PooledBed): boolean =>
  preparations.length === 0 && !signal.aborted && topology.reset !== undefined;

const keyOf = ({ topology, network, preparations }: TopologyRequest): string =>
  JSON.stringify([topology.key, network, preparations]);

const end = async (bed: PooledBed): Promise<void> => bed[Symbol.asyncDispose]();
