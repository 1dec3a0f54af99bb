import { closeSync, openSync, writeSync } from "node:fs";
import type { FaultRecord, Sample } from "../report/record.ts";
import { type AlertState, PrometheusApi } from "../topology/prometheus-api.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { type Clock, systemClock } from "../util/clock.ts";

const leadersEveryMs = 200;
const usageEveryMs = 1_000;
const lagEveryMs = 1_000;
const groupsEveryMs = 1_000;
const alertsEveryMs = 500;

/** The states of an alert as values of a sample. */
const alertValues: Readonly<Record<AlertState, number>> = { inactive: 0, pending: 1, firing: 2 };

/**
 * Samples a topology while it runs, into `samples.ndjson`: memory, CPU and open files of each node, leader and in-sync set of
 * each partition, lag and members of each consumer group; with a Prometheus, its alerts; and when faults struck and were healed.
 * What cannot be read in a turn (a cluster in failover) has no sample.
 */
export class Sampler implements AsyncDisposable {
  readonly #topology: RunningTopology;
  readonly #now: () => number;
  readonly #clock: Clock;
  readonly #file: number;
  readonly #samples: Sample[] = [];
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[];
  readonly #faults: () => readonly FaultRecord[];
  /** What was written of each fault so far, by its id. */
  readonly #faultsNoted = new Map<string, "injected" | "healed">();
  readonly #cpu = new Map<string, { time: number; cpuSeconds: number }>();

  /**
   * @param run.now nanoseconds on the run's axis.
   * @param run.faults what became of each fault so far.
   */
  constructor(
    topology: RunningTopology,
    path: string,
    run: { readonly now: () => number; readonly faults: () => readonly FaultRecord[] },
    clock: Clock = systemClock,
  ) {
    this.#topology = topology;
    this.#now = run.now;
    this.#faults = run.faults;
    this.#clock = clock;
    this.#file = openSync(path, "a");
    this.#loops = [
      this.#every(leadersEveryMs, () => this.#partitions()),
      this.#every(usageEveryMs, async () => this.#usage()),
      this.#every(lagEveryMs, () => this.#lag()),
      this.#every(groupsEveryMs, () => this.#groups()),
    ];
    if (topology.prometheus !== undefined) {
      const prometheus = new PrometheusApi(topology.prometheus.url);
      this.#loops.push(this.#every(alertsEveryMs, () => this.#alerts(prometheus)));
    }
  }

  /** All samples so far. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  async #every(ms: number, sample: () => Promise<void>): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const start = this.#clock.now();
      await sample().catch(() => {}); // said above: no answer, no sample
      const rest = ms - (this.#clock.now() - start);
      await this.#clock.sleep(Math.max(0, rest), this.#stop.signal).catch(() => {});
    }
  }

  async #partitions(): Promise<void> {
    const states = await this.#topology.kafka.partitions();
    const time = this.#now();
    for (const { topic, partition, leader, isr } of states) {
      if (topic.startsWith("__")) continue; // Kafka's own
      const labels = { topic, partition: String(partition) };
      this.#write({ time, metric: "partition_leader", labels, value: leader });
      this.#write({ time, metric: "partition_isr_size", labels, value: isr.length });
    }
  }

  #usage(): void {
    for (const node of this.#topology.nodes) {
      const usage = node.usage();
      if (!usage) continue;
      const time = this.#now();
      this.#write({ time, metric: "rss_bytes", node: node.name, value: usage.rssBytes });
      this.#write({ time, metric: "open_files", node: node.name, value: usage.openFiles });
      const before = this.#cpu.get(node.name);
      this.#cpu.set(node.name, { time, cpuSeconds: usage.cpuSeconds });
      if (!before || usage.cpuSeconds < before.cpuSeconds) continue; // the first sample of this process
      const percent = (100 * (usage.cpuSeconds - before.cpuSeconds)) / ((time - before.time) / 1e9);
      this.#write({ time, metric: "cpu_percent", node: node.name, value: Math.round(percent * 10) / 10 });
    }
  }

  async #lag(): Promise<void> {
    const lags = await this.#topology.kafka.lags();
    const time = this.#now();
    for (const { group, topic, lag } of lags) {
      this.#write({ time, metric: "consumer_lag", labels: { group, topic }, value: lag });
    }
  }

  async #groups(): Promise<void> {
    const groups = await this.#topology.kafka.groups();
    const time = this.#now();
    for (const { group, members, unassigned } of groups) {
      this.#write({ time, metric: "group_members", labels: { group }, value: members.length });
      this.#write({ time, metric: "group_unassigned", labels: { group }, value: unassigned });
      for (const { id, clientId, partitions } of members) {
        const labels = { group, member: id };
        this.#write({ time, metric: "member_partitions", node: clientId, labels, value: partitions.length });
      }
    }
  }

  async #alerts(prometheus: PrometheusApi): Promise<void> {
    this.#noteFaults();
    const alerts = await prometheus.alerts();
    const time = this.#now();
    for (const { name, state } of alerts)
      this.#write({ time, metric: "alert_state", labels: { alert: name }, value: alertValues[state] });
  }

  /** At the times when it happened, not when it is seen: what judges alerts counts from there. */
  #noteFaults(): void {
    for (const { id, fault: kind, target, injectedAt, healedAt } of this.#faults()) {
      const labels = { id, kind, target };
      if (injectedAt !== undefined && !this.#faultsNoted.has(id)) {
        this.#faultsNoted.set(id, "injected");
        this.#write({ time: injectedAt, metric: "fault_active", labels, value: 1 });
      }
      if (healedAt !== undefined && this.#faultsNoted.get(id) === "injected") {
        this.#faultsNoted.set(id, "healed");
        this.#write({ time: healedAt, metric: "fault_active", labels, value: 0 });
      }
    }
  }

  #write(sample: Sample): void {
    this.#samples.push(sample);
    writeSync(this.#file, `${JSON.stringify(sample)}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    closeSync(this.#file);
  }
}
