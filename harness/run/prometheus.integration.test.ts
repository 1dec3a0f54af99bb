import { expect } from "chai";
import { Counter, Gauge, Registry } from "prom-client";
import { request } from "undici";
import { AddressPlan } from "../network/addresses.ts";
import { harnessName } from "../network/link.ts";
import { provision } from "../provision/provision.ts";
import type { PrometheusFiles } from "../provision/recipes/prometheus.ts";
import type { FaultRecord } from "../report/record.ts";
import { ProcessRuntime } from "../runtime/runtime.ts";
import { type Observers, observersOf } from "../topology/observed.ts";
import { PrometheusApi } from "../topology/prometheus-api.ts";
import { messageOf } from "../util/errors.ts";
import { until } from "../util/until.ts";
import { RunMetrics } from "./run-metrics.ts";
import { serveMetrics } from "./serve-metrics.ts";

/** What an instance of the service would show of its pipeline, as far as the rule of NoProgress reads it. */
function pipelineMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const age = new Gauge({ name: "stt_outbox_oldest_age_seconds", help: "age", registers });
  new Gauge({ name: "stt_relay_active", help: "relays", registers }).set(1);
  const labelNames = ["stage", "outcome"] as const;
  const handled = new Counter({
    name: "stt_stage_duration_seconds_count",
    help: "handled",
    labelNames,
    registers,
  });
  const work = () => handled.inc({ stage: "processing", outcome: "advanced" });
  work();
  return {
    age,
    work,
    exposition: { contentType: registry.contentType, text: () => registry.metrics() },
  };
}

describe("a real Prometheus", () => {
  const resources = new AsyncDisposableStack();
  const pipeline = pipelineMetrics();
  let faults: FaultRecord[] = [];
  let observers: Observers;
  let api: PrometheusApi;

  before(async function () {
    let files: PrometheusFiles;
    try {
      files = (await provision(["prometheus"])).prometheus.files;
    } catch (error) {
      console.error(`      unsupported here: ${messageOf(error)}`);
      return this.skip();
    }
    const { signal } = new AbortController();
    const runtime = resources.use(
      new ProcessRuntime({ runId: `prometheus-${process.pid}`, command: "test", signal }),
    );
    const plan = new AddressPlan(runtime.slot, ["prometheus", "stt-1", harnessName]);
    const service = { name: "stt-1", kind: "stt", address: `${plan.real("stt-1")}:18000` };
    resources.use(await serveMetrics(service.address, pipeline.exposition));
    observers = observersOf(plan, files, [service]);
    const metrics = new RunMetrics({
      ...{ id: "a-run", scenario: "a.scenario.ts", events: [], samples: [], nodes: [] },
      ...{ phase: () => "fault", faults: () => faults, now: () => 0 },
    });
    resources.use(await serveMetrics(observers.access.scrapesHarnessAt, metrics));
    for (const spec of observers.nodes) await runtime.add(spec).start();
    api = new PrometheusApi(observers.access.url);
  });

  after(() => resources.disposeAsync());

  const firstValue = async (expression: string) => (await api.query(expression))[0]?.values[0];
  const seen = (expression: string, value: number) =>
    until(async () => (await firstValue(expression)) === value, `${expression} is ${value}`)
      .every("200ms")
      .atMost("20s");

  it("scrapes the run, and shows its faults from injection to heal", async () => {
    await seen('up{job="faultline"}', 1);
    const fault: FaultRecord = {
      ...{
        id: "fault-1",
        fault: "kill",
        target: "all kafka",
        nodes: ["kafka-1"],
        links: [],
        escalations: [],
      },
      injectedAt: 1,
    };
    faults = [fault];
    await seen('faultline_fault_active{instance="harness",kind="kill",target="all kafka",node="kafka-1"}', 1);
    faults = [{ ...fault, healedAt: 2 }];
    await seen("faultline_fault_active", 0);
  });

  it("evaluates the alert rules: NoProgress fires while work waits, and clears when it goes on", async () => {
    const stateOf = async (alert: string) =>
      (await api.alerts()).filter(({ name }) => name === alert).map(({ state }) => state);
    const stands = (state: string) =>
      until(async () => (await stateOf("NoProgress")).includes(state as "firing"), `NoProgress is ${state}`)
        .every("200ms")
        .atMost("30s");
    await stands("inactive");
    pipeline.age.set(9);
    await stands("firing");
    pipeline.work();
    pipeline.age.set(0);
    await stands("inactive");
    expect(await stateOf("ErrorBudgetBurn")).to.deep.equal(["inactive", "inactive", "inactive", "inactive"]);
  });

  it("takes remote writes, as those of k6", async () => {
    const { statusCode, body } = await request(`${observers.access.url}/api/v1/write`, {
      method: "POST",
      body: "x",
    });
    await body.dump();
    expect(statusCode).to.equal(400); // what was sent is none; without the receiver it would be 404
  });

  it("tells of the metrics of its targets, of values over a time, and what is wrong with a query", async () => {
    expect((await api.metricTypes()).get("faultline_consumer_lag")).to.equal("gauge"); // of which there is no series
    const now = Date.now() / 1_000;
    const [series] = await api.queryRange('up{job="stt"}', now - 5, now, 1);
    expect(series?.labels).to.include({ instance: "stt-1" });
    expect(series?.values).to.include(1);
    const error = await api.query("sum(").catch(messageOf);
    expect(error).to.include("parse error");
  });
});
