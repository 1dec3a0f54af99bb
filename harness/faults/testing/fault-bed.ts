import assert from "node:assert/strict";
import type { NetworkKind } from "../../network/private-network.ts";
import { provision } from "../../provision/provision.ts";
import type { FaultRecord } from "../../report/record.ts";
import { ProcessRuntime } from "../../runtime/runtime.ts";
import type { RunningTopology, Topology } from "../../topology/topology.ts";
import { systemClock } from "../../util/clock.ts";
import { seededRandom } from "../../util/random.ts";
import { executeFault, newFaultRecord } from "../execute.ts";
import type { Fault } from "../fault.ts";
import { at } from "../schedule.ts";

/** What is done while a fault lasts; its record says what it struck. */
export type During = (record: FaultRecord) => Promise<void>;

/**
 * A topology on which a suite executes faults, one after another, as a run does. After the suite it prints how long
 * each took to show its effect, and to be proven healed.
 */
export class FaultBed {
  #resources = new AsyncDisposableStack();
  readonly #signal = new AbortController().signal;
  readonly #rows: string[] = [];
  #count = 0;
  #runtime: ProcessRuntime | undefined;
  #topology: RunningTopology | undefined;

  /** Starts the topology, prepared for the faults that are to come. */
  async start(topology: Topology, faults: readonly Fault[] = [], network?: NetworkKind): Promise<void> {
    const signal = this.#signal;
    const installed = await provision(topology.components, { signal });
    const preparations = faults.flatMap(({ prepares = [] }) => prepares);
    const runId = `fault-bed-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
    this.#runtime = this.#resources.use(new ProcessRuntime({ runId, command: "test", preparations, signal }));
    this.#topology = this.#resources.use(
      await topology.start({
        ...{ runtime: this.#runtime, installed, signal },
        ...(network === undefined ? {} : { network }),
        step: (_, work) => work(),
      }),
    );
  }

  get topology(): RunningTopology {
    if (!this.#topology) throw new Error("the fault bed has not started");
    return this.#topology;
  }

  /** Executes a fault that lasts for as long as `during` takes, and expects it to be proven and proven healed, plainly. */
  async strike(fault: Fault, during: During = async () => {}): Promise<FaultRecord> {
    const record = await this.execute(fault, during);
    assert.equal(record.error, undefined);
    assert.deepEqual(record.escalations, []);
    assert.ok(record.provenAt !== undefined && record.healProvenAt !== undefined, "it was not proven");
    return record;
  }

  /** Executes a fault that lasts for as long as `during` takes, whatever becomes of it. */
  async execute(fault: Fault, during: During = async () => {}): Promise<FaultRecord> {
    if (!this.#runtime) throw new Error("the fault bed has not started");
    let failure: { error: unknown } | undefined;
    let latest = newFaultRecord("", fault);
    const record = await executeFault(`fault-${++this.#count}`, at(0, fault).for(0), {
      topology: this.topology,
      random: seededRandom(1),
      ledger: this.#runtime.ledger,
      clock: {
        ...systemClock,
        // The one sleep of no length is that for which the fault lasts; the others are between two tries.
        sleep: (ms, signal) =>
          ms > 0
            ? systemClock.sleep(ms, signal)
            : during(latest).catch((error: unknown) => {
                failure = { error };
              }),
      },
      now: () => Math.round(performance.now() * 1e6),
      signal: this.#signal,
      onProgress: (news) => {
        latest = news;
      },
    });
    this.#rows.push(rowOf(record));
    if (failure) throw failure.error;
    return record;
  }

  /** Ends the topology and prints the table. */
  async end(): Promise<void> {
    console.log(this.#rows.map((row) => `      ${row}`).join("\n"));
    await this.#resources.disposeAsync();
    this.#resources = new AsyncDisposableStack();
  }
}

/** `kill kafka-1 | 14 ms to effect | 2300 ms to heal`; from the first step of the heal to its proof. */
function rowOf({ fault, target, injectedAt, provenAt, healingAt, healProvenAt }: FaultRecord): string {
  const ms = (from?: number, to?: number) =>
    from === undefined || to === undefined ? "never" : `${Math.round((to - from) / 1e6)} ms`;
  return `| ${fault} ${target} | ${ms(injectedAt, provenAt)} | ${ms(healingAt, healProvenAt)} |`;
}

/** A bed that starts before the suite and ends after it. */
export function useFaultBed(
  topology: Topology,
  faults: readonly Fault[] = [],
  network?: NetworkKind,
): FaultBed {
  const bed = new FaultBed();
  before(() => bed.start(topology, faults, network));
  after(() => bed.end());
  return bed;
}
