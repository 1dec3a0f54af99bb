import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Sample } from "../report/record.ts";
import { readSamples } from "../report/samples.ts";
import { usageOf } from "../runtime/proc.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { until } from "../util/until.ts";
import { Sampler } from "./sampler.ts";

/** This process as the only node, an instance of the service; its Kafka does not answer. */
function topologyOf(address: string, folder: string): RunningTopology {
  const node = {
    ...{ name: "stt-1", kind: "stt", address, folder, state: "running" },
    usage: () => usageOf(process.pid),
  };
  const silent = () => Promise.reject(new Error("no answer"));
  const topology = { nodes: [node], kafka: { partitions: silent, lags: silent, groups: silent } };
  return topology as unknown as RunningTopology;
}

describe("the sampler", () => {
  let folder: string;
  let server: Server;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sampler-"));
    server = createServer((_, response) => response.end('nodejs_heap_size_used_bytes{instance="x"} 77\n'));
    server.listen(0, "127.7.7.7");
    await once(server, "listening");
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  it("samples what a node uses and says of itself, and goes on without what does not answer", async () => {
    const address = `127.7.7.7:${(server.address() as { port: number }).port}`;
    const path = join(folder, "samples.ndjson");
    const told: Sample[] = [];
    const metrics = () => new Set(told.map(({ metric }) => metric));
    {
      await using sampler = new Sampler(
        topologyOf(address, folder),
        path,
        () => Math.round(performance.now() * 1e6),
        (sample) => told.push(sample),
      );
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
    expect(await Array.fromAsync(readSamples(path, () => {}))).to.deep.equal(told);
  });
});
