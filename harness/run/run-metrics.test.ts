import { expect } from "chai";
import { request } from "undici";
import type { HistoryEvent, Phase } from "../history/event.ts";
import type { FaultRecord, Sample } from "../report/record.ts";
import { type MeasuredRun, RunMetrics } from "./run-metrics.ts";
import { serveMetrics } from "./serve-metrics.ts";

const faultRecord = (more: Partial<FaultRecord>): FaultRecord => ({
  ...{ id: "fault-1", fault: "kill", target: "all kafka", nodes: [], links: [], escalations: [] },
  ...more,
});

/** A run that the test moves on by hand. */
class FakeRun implements MeasuredRun {
  readonly id = "a-run";
  readonly scenario = "a.scenario.ts";
  readonly events: HistoryEvent[] = [];
  readonly samples: Sample[] = [];
  readonly nodes: { name: string; kind: string; state: "running" | "paused" | "stopped" }[] = [
    { name: "kafka-1", kind: "kafka", state: "running" },
    { name: "stt-1", kind: "stt", state: "paused" },
  ];
  inPhase: Phase = "setup";
  struck: FaultRecord[] = [];
  seconds = 0;
  readonly phase = () => this.inPhase;
  readonly faults = () => this.struck;
  readonly now = () => this.seconds * 1e9;

  happened(type: HistoryEvent["type"], f = "status"): void {
    this.events.push({ index: this.events.length, time: this.now(), type, process: 1, f });
  }

  sampled(metric: string, value: number, more: Partial<Sample> = {}): void {
    this.samples.push({ time: this.now(), metric, value, ...more });
  }
}

describe("the metrics of a run", () => {
  let run: FakeRun;
  let metrics: RunMetrics;
  /** The lines of the exposition that begin with a metric's name. */
  const linesOf = async (name: string) =>
    (await metrics.text())
      .split("\n")
      .filter((line) => line.startsWith(`${name}{`))
      .toSorted();

  beforeEach(() => {
    run = new FakeRun();
    metrics = new RunMetrics(run);
  });

  it("say which phase it is in", async () => {
    run.inPhase = "fault";
    expect(await linesOf("faultline_phase")).to.deep.equal([
      'faultline_phase{phase="drain"} 0',
      'faultline_phase{phase="fault"} 1',
      'faultline_phase{phase="recovery"} 0',
      'faultline_phase{phase="setup"} 0',
      'faultline_phase{phase="steady"} 0',
    ]);
  });

  it("show a fault on each node from its injection until it is healed, and none that has not struck", async () => {
    run.struck = [faultRecord({})];
    expect(await linesOf("faultline_fault_active")).to.deep.equal([]);
    run.struck = [
      faultRecord({ nodes: ["kafka-1", "kafka-2"], injectedAt: 1 }),
      faultRecord({
        id: "fault-2",
        fault: "cut",
        target: "x",
        links: ["stt-1 -> kafka-1"],
        injectedAt: 1,
        healedAt: 2,
      }),
    ];
    expect(await linesOf("faultline_fault_active")).to.deep.equal([
      'faultline_fault_active{id="fault-1",kind="kill",target="all kafka",node="kafka-1"} 1',
      'faultline_fault_active{id="fault-1",kind="kill",target="all kafka",node="kafka-2"} 1',
      'faultline_fault_active{id="fault-2",kind="cut",target="x",node="stt-1 -> kafka-1"} 0',
    ]);
  });

  it("count operations, each once however often they are asked for, from zero", async () => {
    run.happened("invoke");
    expect(await linesOf("faultline_operations_total")).to.include(
      'faultline_operations_total{f="status",outcome="ok"} 0',
    );
    run.happened("ok");
    run.happened("invoke");
    run.happened("info");
    await metrics.text();
    expect(await linesOf("faultline_operations_total")).to.deep.equal([
      'faultline_operations_total{f="status",outcome="fail"} 0',
      'faultline_operations_total{f="status",outcome="info"} 1',
      'faultline_operations_total{f="status",outcome="ok"} 1',
    ]);
    expect(await linesOf("faultline_operations_invoked_total")).to.deep.equal([
      'faultline_operations_invoked_total{f="status"} 2',
    ]);
  });

  it("show the last sample of each series, while it is fresh", async () => {
    const labels = { topic: "t", partition: "0" };
    run.sampled("partition_leader", 1, { labels });
    run.sampled("partition_leader", -1, { labels });
    run.sampled("rss_bytes", 7, { node: "kafka-1" });
    run.sampled("member_partitions", 3, { node: "stt-1", labels: { group: "g", member: "m" } }); // not shown
    run.seconds = 4;
    run.sampled("rss_bytes", 9, { node: "stt-1" });
    expect(await linesOf("faultline_partition_leader")).to.deep.equal([
      'faultline_partition_leader{topic="t",partition="0"} -1',
    ]);
    run.seconds = 6;
    expect(await linesOf("faultline_partition_leader")).to.deep.equal([]);
    expect(await linesOf("faultline_node_resident_memory_bytes")).to.deep.equal([
      'faultline_node_resident_memory_bytes{node="stt-1",kind="stt"} 9',
    ]);
  });

  it("say which nodes run: not one that is paused", async () => {
    expect(await linesOf("faultline_node_up")).to.deep.equal([
      'faultline_node_up{node="kafka-1",kind="kafka"} 1',
      'faultline_node_up{node="stt-1",kind="stt"} 0',
    ]);
  });

  it("are served at /metrics, and nothing else is", async () => {
    const address = "127.255.18.1:18290";
    await using _server = await serveMetrics(address, metrics);
    const { statusCode, headers, body } = await request(`http://${address}/metrics`);
    expect(statusCode).to.equal(200);
    expect(headers["content-type"]).to.include("text/plain; version=0.0.4");
    expect(await body.text()).to.include('faultline_run_info{run="a-run",scenario="a.scenario.ts"} 1');
    const other = await request(`http://${address}/`);
    await other.body.dump();
    expect(other.statusCode).to.equal(404);
    const second = await serveMetrics(address, metrics).catch((error: unknown) => error);
    expect(String(second)).to.include("cannot serve the run's metrics on 127.255.18.1:18290");
  });
});
