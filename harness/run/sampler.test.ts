import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import type { FaultRecord, Sample } from "../report/record.ts";
import { readSamples } from "../report/samples.ts";
import { usageOf } from "../runtime/proc.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { until } from "../util/until.ts";
import { Sampler } from "./sampler.ts";

const silent = () => Promise.reject(new Error("no answer"));
const silentKafka = { partitions: silent, lags: silent, groups: silent };

/** What of a topology is sampled: of an empty one, nothing. */
const topologyOf = (parts: object): RunningTopology =>
  ({ nodes: [], kafka: silentKafka, ...parts }) as unknown as RunningTopology;

/** This process as an instance of the service. */
const instance = (address: string, folder: string) => ({
  ...{ name: "stt-1", kind: "stt", address, folder, state: "running" },
  usage: () => usageOf(process.pid),
});

const axis = {
  ...{ now: () => 9, faults: () => [] },
  broken: (error: Error) => {
    throw error;
  },
};

describe("the sampler", () => {
  let folder: string;
  let path: string;
  let server: Server;
  let address: string;
  /** What whoever is asked answers. */
  let answer: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sampler-"));
    path = join(folder, "samples.ndjson");
    server = createServer((_, response) => response.end(answer));
    server.listen(0, "127.7.7.7");
    await once(server, "listening");
    address = `127.7.7.7:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  const written = () => Array.fromAsync(readSamples(path, () => {}));

  it("samples what a node uses and says of itself, and goes on without what does not answer", async () => {
    answer = 'nodejs_heap_size_used_bytes{instance="x"} 77\n';
    const told: Sample[] = [];
    const metrics = () => new Set(told.map(({ metric }) => metric));
    {
      await using sampler = new Sampler(topologyOf({ nodes: [instance(address, folder)] }), path, {
        ...axis,
        now: () => Math.round(performance.now() * 1e6),
        onSample: (sample) => told.push(sample),
      });
      await until(
        () => metrics().has("heap_bytes") && metrics().has("disk_bytes") && metrics().has("cpu_percent"),
        "all is sampled",
      ).atMost("10s");
      expect(sampler.samples).to.deep.equal(told);
    }
    const expected = ["process_started", "rss_bytes", "open_files", "sockets", "threads", "connections"];
    expect([...metrics()]).to.include.members(expected);
    const value = (metric: string) => told.findLast((sample) => sample.metric === metric)?.value;
    expect(value("heap_bytes")).to.equal(77);
    expect(value("connections")).to.be.greaterThan(0); // the one by which it asks
    expect(value("sockets")).to.be.greaterThan(0);
    expect(await written()).to.deep.equal(told);
  });

  it("breaks the run off when the disk is full", async () => {
    const program = `
      import { Sampler } from ${JSON.stringify(new URL("sampler.ts", import.meta.url).href)};
      const silent = () => Promise.reject(new Error("no answer"));
      const topology = { nodes: [], kafka: { partitions: silent, lags: silent, groups: silent } };
      const broken = (error) => { console.log(error.message); process.exit(); };
      const sampler = new Sampler(topology, ${JSON.stringify(path)}, { now: () => 9, faults: () => [], broken });
      sampler.add({ time: 9, metric: "m".repeat(2000), value: 1 });
    `;
    // A limit of a kibibyte for the file.
    const limited = `trap '' XFSZ; ulimit -f 1; exec "$0" --input-type=module-typescript -e "$1"`;
    const { stdout } = await promisify(execFile)("bash", ["-c", limited, process.execPath, program]);
    expect(stdout).to.match(/^cannot append to the samples .*samples.ndjson: EFBIG/);
  }).timeout(20_000);

  it("tells the CPU of a process from that of the one before it, however busy it was", async function () {
    this.timeout(20_000); // three turns of a second each
    const told: Sample[] = [];
    const lives = [
      { startedAt: 1, cpuSeconds: 1 },
      { startedAt: 2, cpuSeconds: 5 },
    ];
    let turn = 0;
    const usage = () => ({ ...usageOf(process.pid), ...lives[Math.min(turn++, 1)] });
    {
      const node = { ...instance(address, folder), kind: "kafka", usage };
      await using _sampler = new Sampler(topologyOf({ nodes: [node] }), path, {
        ...axis,
        now: () => Math.round(performance.now() * 1e6),
        onSample: (sample) => told.push(sample),
      });
      await until(() => told.some(({ metric }) => metric === "cpu_percent"), "CPU is sampled").atMost("10s");
    }
    expect(
      told
        .filter(({ metric }) => metric === "process_started")
        .map(({ value }) => value)
        .slice(0, 3),
    ).to.deep.equal([1, 2, 2]);
    expect(told.find(({ metric }) => metric === "cpu_percent")?.value).to.equal(0);
  });

  it("writes the alerts of a Prometheus, and each fault's injection and heal once, at their times", async () => {
    const alertBecomes = (state: string) => {
      const rules = [{ name: "NoProgress", type: "alerting", state, health: "ok" }];
      answer = JSON.stringify({ status: "success", data: { groups: [{ name: "g", rules }] } });
    };
    const fault: FaultRecord = {
      ...{
        id: "fault-1",
        fault: "kill",
        target: "all kafka",
        nodes: ["kafka-1"],
        links: [],
        escalations: [],
      },
      injectedAt: 7,
    };
    let faults: FaultRecord[] = [];
    const told: Sample[] = [];
    const alertIs = (value: number) => told.at(-1)?.metric === "alert_state" && told.at(-1)?.value === value;
    alertBecomes("inactive");
    {
      await using sampler = new Sampler(topologyOf({ prometheus: { url: `http://${address}` } }), path, {
        ...axis,
        faults: () => faults,
        onSample: (sample) => told.push(sample),
      });
      await until(() => alertIs(0), "the alert is sampled").atMost("5s");
      faults = [fault];
      alertBecomes("firing");
      await until(() => alertIs(2), "the alert is sampled as firing").atMost("5s");
      faults = [{ ...fault, healedAt: 8 }];
      alertBecomes("pending");
      await until(() => alertIs(1), "the alert is sampled as pending").atMost("5s");
      expect(sampler.samples).to.deep.equal(told);
    }
    const labels = { id: "fault-1", kind: "kill", target: "all kafka" };
    expect(told.filter(({ metric }) => metric === "fault_active")).to.deep.equal([
      { time: 7, metric: "fault_active", labels, value: 1 },
      { time: 8, metric: "fault_active", labels, value: 0 },
    ]);
    expect(told).to.deep.include({
      ...{ time: 9, metric: "alert_state", labels: { alert: "NoProgress" } },
      value: 2,
    });
    expect(await written()).to.deep.equal(told);
  });

  it("asks for no alerts where there is no Prometheus", async () => {
    const sampler = new Sampler(topologyOf({}), path, axis);
    await sampler[Symbol.asyncDispose]();
    expect(sampler.samples).to.deep.equal([]);
  });

  it("notes what was measured elsewhere among its own", async () => {
    const told: Sample[] = [];
    const sample: Sample = { time: 5, metric: "k6.vus", labels: { type: "gauge" }, value: 3 };
    {
      await using sampler = new Sampler(topologyOf({}), path, {
        ...axis,
        onSample: (one) => told.push(one),
      });
      sampler.add(sample);
      expect(sampler.samples).to.deep.equal([sample]);
    }
    expect(told).to.deep.equal([sample]);
    expect(await written()).to.deep.equal([sample]);
  });
});
