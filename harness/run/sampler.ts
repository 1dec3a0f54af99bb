import { closeSync, openSync, writeSync } from "node:fs";
import type { Sample } from "../report/record.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { type Clock, systemClock } from "../util/clock.ts";

const leadersEveryMs = 200;
const usageEveryMs = 1_000;
const lagEveryMs = 1_000;
const groupsEveryMs = 1_000;

/**
 * Samples a topology while it runs, into `samples.ndjson`: memory, CPU and open files of each node, leader and in-sync set of
 * each partition, lag and members of each consumer group. What cannot be read in a turn (a cluster in failover) has no sample.
 */
export class Sampler implements AsyncDisposable {
  readonly #topology: RunningTopology;
  readonly #now: () => number;
  readonly #clock: Clock;
  readonly #file: number;
  readonly #samples: Sample[] = [];
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[];
  readonly #cpu = new Map<string, { time: number; cpuSeconds: number }>();

  /** @param now nanoseconds on the run's axis. */
  constructor(topology: RunningTopology, path: string, now: () => number, clock: Clock = systemClock) {
    this.#topology = topology;
    this.#now = now;
    this.#clock = clock;
    this.#file = openSync(path, "a");
    this.#loops = [
      this.#every(leadersEveryMs, () => this.#partitions()),
      this.#every(usageEveryMs, async () => this.#usage()),
      this.#every(lagEveryMs, () => this.#lag()),
      this.#every(groupsEveryMs, () => this.#groups()),
    ];
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
      this.add({ time, metric: "partition_leader", labels, value: leader });
      this.add({ time, metric: "partition_isr_size", labels, value: isr.length });
    }
  }

  #usage(): void {
    for (const node of this.#topology.nodes) {
      const usage = node.usage();
      if (!usage) continue;
      const time = this.#now();
      this.add({ time, metric: "rss_bytes", node: node.name, value: usage.rssBytes });
      this.add({ time, metric: "open_files", node: node.name, value: usage.openFiles });
      const before = this.#cpu.get(node.name);
      this.#cpu.set(node.name, { time, cpuSeconds: usage.cpuSeconds });
      if (!before || usage.cpuSeconds < before.cpuSeconds) continue; // the first sample of this process
      const percent = (100 * (usage.cpuSeconds - before.cpuSeconds)) / ((time - before.time) / 1e9);
      this.add({ time, metric: "cpu_percent", node: node.name, value: Math.round(percent * 10) / 10 });
    }
  }

  async #lag(): Promise<void> {
    const lags = await this.#topology.kafka.lags();
    const time = this.#now();
    for (const { group, topic, lag } of lags) {
      this.add({ time, metric: "consumer_lag", labels: { group, topic }, value: lag });
    }
  }

  async #groups(): Promise<void> {
    const groups = await this.#topology.kafka.groups();
    const time = this.#now();
    for (const { group, members, unassigned } of groups) {
      this.add({ time, metric: "group_members", labels: { group }, value: members.length });
      this.add({ time, metric: "group_unassigned", labels: { group }, value: unassigned });
      for (const { id, clientId, partitions } of members) {
        const labels = { group, member: id };
        this.add({ time, metric: "member_partitions", node: clientId, labels, value: partitions.length });
      }
    }
  }

  /** Notes what was measured elsewhere, as a sample of this run. */
  add(sample: Sample): void {
    this.#samples.push(sample);
    writeSync(this.#file, `${JSON.stringify(sample)}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    closeSync(this.#file);
  }
}
