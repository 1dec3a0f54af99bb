import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { FaultRecord, Sample } from "../report/record.ts";
import { readSamples } from "../report/samples.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { until } from "../util/until.ts";
import { Sampler } from "./sampler.ts";

/** A Prometheus that answers with the state of one alert. */
async function fakePrometheus() {
  const answer = { state: "inactive" };
  const server = createServer((_, response) => {
    const rules = [{ name: "NoProgress", type: "alerting", state: answer.state }];
    response.end(JSON.stringify({ status: "success", data: { groups: [{ name: "g", rules }] } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    answer,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const nobody = { partitions: async () => [], lags: async () => [], groups: async () => [] };

describe("the sampler", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sampler-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("writes the alerts of a Prometheus, and each fault's injection and heal once, at their times", async () => {
    await using prometheus = await fakePrometheus();
    const topology = {
      nodes: [],
      kafka: nobody,
      prometheus: { url: prometheus.url },
    } as unknown as RunningTopology;
    const path = join(folder, "samples.ndjson");
    let faults: FaultRecord[] = [];
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
    let samples: readonly Sample[] = [];
    const alertIs = (value: number) =>
      samples.at(-1)?.metric === "alert_state" && samples.at(-1)?.value === value;
    {
      await using sampler = new Sampler(topology, path, { now: () => 9, faults: () => faults });
      samples = sampler.samples;
      await until(() => alertIs(0), "the alert is sampled").atMost("5s");
      faults = [fault];
      prometheus.answer.state = "firing";
      await until(() => alertIs(2), "the alert is sampled as firing").atMost("5s");
      faults = [{ ...fault, healedAt: 8 }];
      prometheus.answer.state = "pending";
      await until(() => alertIs(1), "the alert is sampled as pending").atMost("5s");
    }
    const ofFaults = samples.filter(({ metric }) => metric === "fault_active");
    const labels = { id: "fault-1", kind: "kill", target: "all kafka" };
    expect(ofFaults).to.deep.equal([
      { time: 7, metric: "fault_active", labels, value: 1 },
      { time: 8, metric: "fault_active", labels, value: 0 },
    ]);
    expect(samples).to.deep.include({
      time: 9,
      metric: "alert_state",
      labels: { alert: "NoProgress" },
      value: 2,
    });
    expect(await Array.fromAsync(readSamples(path, () => {}))).to.deep.equal(samples);
  });

  it("asks for no alerts where there is no Prometheus", async () => {
    const topology = { nodes: [], kafka: nobody } as unknown as RunningTopology;
    const sampler = new Sampler(topology, join(folder, "samples.ndjson"), { now: () => 0, faults: () => [] });
    await sampler[Symbol.asyncDispose]();
    expect(sampler.samples).to.deep.equal([]);
  });
});
