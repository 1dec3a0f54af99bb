import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import pg from "pg";
import { transcription } from "../checkers/transcription.ts";
import { submittedOnce } from "../checkers/upstream.ts";
import { kill } from "../faults/kill.ts";
import { at } from "../faults/schedule.ts";
import { node } from "../faults/targets.ts";
import { provision } from "../provision/provision.ts";
import type { Node } from "../runtime/node.ts";
import { signal as sendSignal } from "../runtime/proc.ts";
import { claimedSlots, slotOwner } from "../runtime/slot.ts";
import { cluster } from "../topology/cluster.ts";
import { withClient } from "../topology/redis.ts";
import { stt } from "../topology/stt.ts";
import { until } from "../util/until.ts";
import { kafkaLog } from "../workload/kafka-log.ts";
import { mixed } from "../workload/mixed.ts";
import { transcriptions } from "../workload/transcriptions.ts";
import { runScenario } from "./runner.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { TopologyRequest } from "./test-bed.ts";
import { TopologyPool } from "./topology-pool.ts";

describe("a pool of real topologies", () => {
  let reports: string;
  let pool: TopologyPool;
  const { signal } = new AbortController();
  beforeEach(() => {
    reports = mkdtempSync(join(tmpdir(), "topology-pool-test-"));
    pool = new TopologyPool({ signal });
  });
  afterEach(async () => {
    await pool[Symbol.asyncDispose]();
    rmSync(reports, { recursive: true });
    expect(claimedSlots().filter((slot) => slotOwner(slot)?.runner.pid === process.pid)).to.deep.equal([]);
  });

  it("gives a run a topology on which another was killed and wrote, and nothing of the other's", async () => {
    const small = () => stt({ kafka: 1, redis: "single", instances: 1, env: { STT_RETRY_DELAY_MS: "500" } });
    const run = async (name: string, definition: Pick<Scenario, "workload" | "faults" | "checks">) => {
      const result = await runScenario(
        {
          file: `${name}.scenario.ts`,
          scenario: scenario({
            ...{ title: name, topology: small(), ...definition },
          }),
        },
        { reportsFolder: reports, seed: 1, pool, observer: () => {}, signal },
      );
      if (result.error) throw result.error;
      expect(result.record.verdict, result.record.reasons.join("\n")).to.equal("passed");
      const read = (file: string) => readFileSync(join(result.folder, file), "utf8");
      return { ...result.record, history: read("history.ndjson"), samples: read("samples.ndjson"), read };
    };
    const first = await run("first", {
      workload: mixed([transcriptions({ rate: 1 }), kafkaLog({ rate: 5 })]),
      faults: [at("1s", kill(node("stt-1"))).for("1s")],
      checks: [transcription()],
    });
    const second = await run("second", {
      workload: transcriptions({ rate: 1 }),
      faults: [],
      checks: [transcription(), submittedOnce()], // which counts in the upstream's journal
    });

    expect(first.topology.reused).to.equal(undefined);
    expect(second.topology.reused?.after).to.equal(first.id);
    expect(second.topology.reused?.proof).to.include("no data is left of earlier runs");
    expect(second.topology.reused?.proof).to.include("stt-1 answers its readiness probe");
    const ids = (history: string) => new Set(history.match(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g));
    expect(ids(first.history).size).to.be.above(0);
    expect([...ids(second.history)].filter((id) => ids(first.history).has(id))).to.deep.equal([]);
    expect(first.samples).to.contain('"topic":"log"');
    expect(second.samples).to.not.contain('"topic":"log"');
    // Each has its own part of the logs and of the ledger.
    expect(first.read("logs/stt-1.log")).to.contain('"listening"');
    expect(second.read("logs/stt-1.log")).to.not.contain('"listening"');
    expect(first.read("logs/ledger.ndjson")).to.contain('"fault-1"');
    expect(second.read("logs/ledger.ndjson")).to.contain('"lent"').and.not.contain('"fault-1"');
  });

  it("empties every store; one whose node was killed at rest is ended, and another started", async () => {
    const topology = cluster({ kafka: 1, redis: "single", lockUsers: 1 });
    const installed = await provision(topology.components, { signal });
    const steps: string[] = [];
    const request = (id: string): TopologyRequest => ({
      ...{
        run: { id: `${id}-${process.pid}`, command: "test" },
        topology,
        installed,
        network: "proxy",
        signal,
      },
      ...{ preparations: [], logFolder: join(reports, id), onLost: () => {} },
      step: (name, work) => {
        steps.push(name);
        return work();
      },
    });
    let redis: Node | undefined;
    const pidOf: Record<string, number | undefined> = {};
    {
      await using lent = await pool.lend(request("writes"));
      const { load, nodes } = lent.topology;
      for (const { name, pid } of nodes) pidOf[name] = pid;
      const database = new pg.Client({ connectionString: load.postgresUrl });
      await database.connect();
      await database.query("insert into transcriptions (id, owner, status) values ('a', 'b', 'RECORDING')");
      await database.end();
      await withClient(lent.topology.node("redis-1").address, (client) => client.set("left", "behind"));
      expect(await lent.topology.reset?.leftovers()).to.deep.equal([
        "1 rows in transcriptions",
        "1 keys in redis-1",
      ]);
      lent.keep();
    }
    {
      await using lent = await pool.lend(request("reads"));
      expect(lent.reuse?.after).to.match(/^writes/);
      expect(await lent.topology.reset?.leftovers()).to.deep.equal([]);
      expect(lent.topology.node("redis-1").pid).to.equal(pidOf["redis-1"]);
      redis = lent.topology.node("redis-1");
      // A program with a memory of its own is another process.
      expect(lent.topology.node("locker-1").pid).to.be.a("number").and.not.equal(pidOf["locker-1"]);
      lent.keep();
    }
    sendSignal(redis.pid ?? 0, "SIGKILL");
    await until(() => redis.lastExit !== undefined, "redis-1 has ended").atMost("5s");
    await using lent = await pool.lend(request("third"));
    expect(lent.reuse).to.equal(undefined);
    expect(steps.join("\n")).to.match(/end the last run's topology: redis-1 ended though nobody asked/);
    expect(lent.topology.node("redis-1").pid).to.not.equal(pidOf["redis-1"]);
  });
});
