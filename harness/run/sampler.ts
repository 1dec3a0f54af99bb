import { request } from "undici";
import { processStarted } from "../checkers/sampled-lives.ts";
import type { FaultRecord, Sample } from "../report/record.ts";
import { diskUsage } from "../runtime/disk-usage.ts";
import { establishedConnections } from "../runtime/proc.ts";
import { type AlertState, PrometheusApi } from "../topology/prometheus-api.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { type Clock, systemClock } from "../util/clock.ts";
import { hostPort } from "../util/host-port.ts";
import { cannotAppend, SegmentedFile } from "../util/segments.ts";
import { ServiceMetrics } from "./service-metrics.ts";

const leadersEveryMs = 200;
const usageEveryMs = 1_000;
const lagEveryMs = 1_000;
const groupsEveryMs = 1_000;
/** An instance works for this answer, and so does the disk. */
const servicesEveryMs = 5_000;
const servicesAnswerWithinMs = 2_000;
const disksEveryMs = 30_000;
const alertsEveryMs = 500;

/** The states of an alert as values of a sample. */
const alertValues: Readonly<Record<AlertState, number>> = { inactive: 0, pending: 1, firing: 2 };

/** The run that a topology is sampled for. */
export interface SampledRun {
  /** Nanoseconds on the run's axis. */
  readonly now: () => number;
  /** What became of each fault so far. */
  readonly faults: () => readonly FaultRecord[];
  /** Told of each sample as it comes. */
  readonly onSample?: (sample: Sample) => void;
  /** Told of a sample that cannot be written: what is judged could not be judged again. */
  readonly broken: (error: Error) => void;
}

/**
 * Samples a topology while it runs, into `samples.ndjson`: what each node uses of the machine, what each instance of the service says of
 * itself, leader and in-sync set of each partition, lag and members of each consumer group; with a Prometheus, its alerts, and when faults
 * struck and were healed. What cannot be read in a turn (a cluster in failover) has no sample.
 */
export class Sampler implements AsyncDisposable {
  readonly #topology: RunningTopology;
  readonly #now: () => number;
  readonly #clock: Clock;
  readonly #onSample: (sample: Sample) => void;
  readonly #path: string;
  readonly #file: SegmentedFile;
  readonly #broken: (error: Error) => void;
  readonly #samples: Sample[] = [];
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[];
  readonly #faults: () => readonly FaultRecord[];
  /** What was written of each fault so far, by its id. */
  readonly #faultsNoted = new Map<string, "injected" | "healed">();
  readonly #cpu = new Map<string, { time: number; cpuSeconds: number; startedAt: number }>();
  readonly #serviceMetrics = new ServiceMetrics();

  /** @param path a new file, which rolls into segments. */
  constructor(
    topology: RunningTopology,
    path: string,
    { now, faults, onSample = () => {}, broken }: SampledRun,
    clock: Clock = systemClock,
  ) {
    this.#topology = topology;
    this.#now = now;
    this.#faults = faults;
    this.#clock = clock;
    this.#onSample = onSample;
    this.#path = path;
    this.#file = new SegmentedFile(path);
    this.#broken = broken;
    this.#loops = [
      this.#every(leadersEveryMs, () => this.#partitions()),
      this.#every(usageEveryMs, async () => this.#usage()),
      this.#every(lagEveryMs, () => this.#lag()),
      this.#every(groupsEveryMs, () => this.#groups()),
      this.#every(servicesEveryMs, () => this.#services()),
      this.#every(disksEveryMs, () => this.#disks()),
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
      this.add({ time, metric: "partition_leader", labels, value: leader });
      this.add({ time, metric: "partition_isr_size", labels, value: isr.length });
    }
  }

  #usage(): void {
    const connections = establishedConnections();
    for (const node of this.#topology.nodes) {
      const usage = node.usage();
      if (!usage) continue;
      const time = this.#now();
      const { host } = hostPort(node.address);
      const values: Readonly<Record<string, number>> = {
        [processStarted]: usage.startedAt,
        rss_bytes: usage.rssBytes,
        open_files: usage.openFiles,
        sockets: usage.sockets,
        threads: usage.threads,
        connections: connections.get(host) ?? 0,
      };
      for (const [metric, value] of Object.entries(values)) {
        this.add({ time, metric, node: node.name, value });
      }
      const before = this.#cpu.get(node.name);
      this.#cpu.set(node.name, { time, cpuSeconds: usage.cpuSeconds, startedAt: usage.startedAt });
      if (before?.startedAt !== usage.startedAt) continue; // the first sample of this process
      const percent = (100 * (usage.cpuSeconds - before.cpuSeconds)) / ((time - before.time) / 1e9);
      this.add({ time, metric: "cpu_percent", node: node.name, value: Math.round(percent * 10) / 10 });
    }
  }

  /** Asked directly, not through a link that a fault may have cut. */
  async #services(): Promise<void> {
    const instances = this.#topology.nodes.filter(({ kind, state }) => kind === "stt" && state === "running");
    await Promise.allSettled(
      instances.map(async ({ name, address }) => {
        const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(servicesAnswerWithinMs)]);
        const { body, statusCode } = await request(`http://${address}/metrics`, { signal });
        const text = await body.text();
        if (statusCode !== 200) return;
        for (const sample of this.#serviceMetrics.samplesOf(text, name, this.#now())) this.add(sample);
      }),
    );
  }

  async #disks(): Promise<void> {
    for (const { name, folder } of this.#topology.nodes) {
      const value = await diskUsage(folder);
      this.add({ time: this.#now(), metric: "disk_bytes", node: name, value });
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

  async #alerts(prometheus: PrometheusApi): Promise<void> {
    this.#noteFaults();
    const alerts = await prometheus.alerts();
    const time = this.#now();
    for (const { name, state } of alerts)
      this.add({ time, metric: "alert_state", labels: { alert: name }, value: alertValues[state] });
  }

  /** At the times when it happened, not when it is seen: what judges alerts counts from there. */
  #noteFaults(): void {
    for (const { id, fault: kind, target, injectedAt, healedAt } of this.#faults()) {
      const labels = { id, kind, target };
      if (injectedAt !== undefined && !this.#faultsNoted.has(id)) {
        this.#faultsNoted.set(id, "injected");
        this.add({ time: injectedAt, metric: "fault_active", labels, value: 1 });
      }
      if (healedAt !== undefined && this.#faultsNoted.get(id) === "injected") {
        this.#faultsNoted.set(id, "healed");
        this.add({ time: healedAt, metric: "fault_active", labels, value: 0 });
      }
    }
  }

  /** Notes what was measured elsewhere, as a sample of this run. */
  add(sample: Sample): void {
    this.#samples.push(sample);
    this.#onSample(sample);
    try {
      this.#file.write(`${JSON.stringify(sample)}\n`);
    } catch (cause) {
      this.#broken(cannotAppend("samples", this.#path, cause));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    await this.#file[Symbol.asyncDispose]();
  }
}
