import { expect } from "chai";
import type { Installed } from "../provision/provision.ts";
import type { Ledger } from "../runtime/ledger.ts";
import type { RunningTopology, Topology, TopologyReset } from "../topology/topology.ts";
import type { TopologyRequest } from "./test-bed.ts";
import { type PooledBed, TopologyPool } from "./topology-pool.ts";

/** Notes what a pool does with its beds: `start small`, `lend 1 to b`, `reset 1`, `end 1`. */
class Ways {
  readonly done: string[] = [];
  /** What the next reset finds that is not clean. */
  notClean: string | undefined;
  notStarted: string | undefined;
  #started = 0;

  async start({ run, topology }: TopologyRequest): Promise<PooledBed> {
    this.done.push(`start ${topology.key} for ${run.id}`);
    if (this.notStarted !== undefined) throw new Error(this.notStarted);
    const number = ++this.#started;
    const reset: TopologyReset = { empty: async () => {}, leftovers: async () => [] };
    return {
      topology: { ...(topology.key === "no reset" ? {} : { reset }) } as RunningTopology,
      ledger: {} as Ledger,
      lendTo: (request) => void this.done.push(`lend ${number} to ${request.run.id}`),
      takeBack: async () => void this.done.push(`take ${number} back`),
      [Symbol.asyncDispose]: async () => void this.done.push(`end ${number}`),
    };
  }

  async reset(): Promise<readonly string[]> {
    this.done.push("reset");
    if (this.notClean !== undefined) throw new Error(this.notClean);
    return ["it is clean"];
  }
}

describe("a pool of topologies", () => {
  let ways: Ways;
  let pool: TopologyPool;
  let steps: string[];
  let run: AbortController;
  beforeEach(() => {
    ways = new Ways();
    steps = [];
    run = new AbortController();
    pool = new TopologyPool({ signal: new AbortController().signal, ways });
  });

  const request = (
    id: string,
    changes: Partial<TopologyRequest> & { key?: string } = {},
  ): TopologyRequest => ({
    run: { id, command: `run ${id}` },
    topology: { key: changes.key ?? "usual" } as Topology,
    installed: {} as Installed,
    network: "proxy",
    preparations: [],
    logFolder: "logs",
    onLost: () => {},
    signal: run.signal,
    step: (name, work) => {
      steps.push(name);
      return work();
    },
    ...changes,
  });

  /** A run that has a topology, and says whether it left no damage. */
  async function has(wanted: TopologyRequest, { clean = true } = {}) {
    await using lent = await pool.lend(wanted);
    if (clean) lent.keep();
    return lent.reuse;
  }

  it("lends the next run the topology of the last one, reset, and says so", async () => {
    expect(await has(request("a"))).to.equal(undefined);
    const reuse = await has(request("b"));
    expect(reuse)
      .to.include({ after: "a" })
      .and.to.deep.include({ proof: ["it is clean"] });
    expect(ways.done).to.deep.equal([
      "start usual for a",
      "take 1 back",
      "lend 1 to b",
      "reset",
      "take 1 back",
    ]);
  });

  it("ends it at once when its run did not say that it left no damage", async () => {
    await has(request("a"), { clean: false });
    expect(ways.done).to.deep.equal(["start usual for a", "take 1 back", "end 1"]);
    expect(await has(request("b"))).to.equal(undefined);
  });

  it("ends it when the run was being ended", async () => {
    const lent = await pool.lend(request("a"));
    lent.keep();
    run.abort();
    await lent[Symbol.asyncDispose]();
    expect(ways.done).to.include("end 1");
  });

  it("ends one whose nodes were prepared for faults, or that nobody can reset", async () => {
    await has(request("a", { preparations: [{ type: "counted-memory" }] }));
    await has(request("b", { key: "no reset" }));
    expect(ways.done).to.include.members(["end 1", "end 2"]);
  });

  it("does not lend what is not proven clean: it ends it, says why, and starts another", async () => {
    await has(request("a"));
    ways.notClean = "3 rows in outbox";
    expect(await has(request("b"))).to.equal(undefined);
    expect(ways.done.slice(2)).to.deep.equal([
      ...["lend 1 to b", "reset", "take 1 back", "end 1", "start usual for b", "take 2 back"],
    ]);
    expect(steps).to.include("end the last run's topology: 3 rows in outbox");
  });

  for (const [what, other] of [
    ["another topology", { key: "other" }],
    ["another kind of network", { network: "netns" }],
    ["nodes prepared for faults", { preparations: [{ type: "counted-memory" }] }],
  ] as const) {
    it(`ends it before it starts ${what}: there is never more than one`, async () => {
      await has(request("a"));
      expect(await has(request("b", other))).to.equal(undefined);
      const started = ways.done.findIndex((one) => one.startsWith("start") && one.endsWith("for b"));
      expect(ways.done.indexOf("end 1")).to.be.within(0, started);
      expect(ways.done).to.not.include("reset");
    });
  }

  it("goes on after a start that failed", async () => {
    ways.notStarted = "no room";
    const failed = await has(request("a")).catch((error: Error) => error.message);
    expect(failed).to.equal("no room");
    ways.notStarted = undefined;
    await has(request("b"));
  });

  it("lends to one run at a time", async () => {
    await using _lent = await pool.lend(request("a"));
    const second = await pool.lend(request("b")).catch((error: Error) => error.message);
    expect(second).to.match(/is lent/);
  });

  it("ends what is at rest when it is disposed of, and ends a run's when the run was ended in the reset", async () => {
    await has(request("a"));
    await pool[Symbol.asyncDispose]();
    expect(ways.done.at(-1)).to.equal("end 1");
    await has(request("b"));
    ways.notClean = "interrupted";
    run.abort(new Error("Ctrl-C"));
    const refused = await has(request("c")).catch((error: Error) => error.message);
    expect(refused).to.equal("Ctrl-C");
    expect(ways.done.at(-1)).to.equal("end 2");
  });
});
