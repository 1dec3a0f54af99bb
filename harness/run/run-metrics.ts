import { Counter, Gauge, Registry } from "prom-client";
import { type HistoryEvent, type Phase, phases } from "../history/event.ts";
import type { FaultRecord, Sample } from "../report/record.ts";
import type { Node } from "../runtime/node.ts";

/** What a run knows while it goes. The lists grow meanwhile. */
export interface MeasuredRun {
  readonly id: string;
  /** The scenario's file. */
  readonly scenario: string;
  readonly phase: () => Phase;
  readonly events: readonly HistoryEvent[];
  readonly samples: readonly Sample[];
  readonly faults: () => readonly FaultRecord[];
  readonly nodes: readonly Pick<Node, "name" | "kind" | "state">[];
  /** Nanoseconds on the run's axis. */
  readonly now: () => number;
}

/** A sample older than this (ns) is no answer to what is now: its series ends, as it does in the report. */
const freshForNs = 5e9;

/** The samples that are shown, by their names there. */
const ofSamples = {
  partition_leader: [
    "faultline_partition_leader",
    "Number of the broker that leads the partition, by the newest view of all brokers; -1: none",
  ],
  partition_isr_size: ["faultline_partition_isr_size", "Replicas that are in sync, by the same view"],
  consumer_lag: ["faultline_consumer_lag", "Records that a group has not committed yet, of a topic"],
  group_members: ["faultline_group_members", "Members of a consumer group"],
  group_unassigned: [
    "faultline_group_unassigned_partitions",
    "Partitions of a consumer group that no member has",
  ],
  rss_bytes: ["faultline_node_resident_memory_bytes", "Memory of a node's process"],
  cpu_percent: ["faultline_node_cpu_percent", "CPU of a node's process, in percent of one core"],
  open_files: ["faultline_node_open_files", "Files and sockets a node's process has open"],
} as const;

type Shown = keyof typeof ofSamples;

/** Labels of a sample's metric, besides those it carries itself. */
const labelsOf: Readonly<Record<Shown, readonly string[]>> = {
  partition_leader: ["topic", "partition"],
  partition_isr_size: ["topic", "partition"],
  consumer_lag: ["group", "topic"],
  group_members: ["group"],
  group_unassigned: ["group"],
  rss_bytes: ["node", "kind"],
  cpu_percent: ["node", "kind"],
  open_files: ["node", "kind"],
};

const isShown = (metric: string): metric is Shown => metric in ofSamples;

/**
 * A run as metrics for Prometheus: what the harness alone knows. The faults are among them, so that any dashboard can shade its
 * graphs with them. Whatever is there is read when it is asked for; nothing is kept twice.
 */
export class RunMetrics {
  readonly #run: MeasuredRun;
  readonly #registry = new Registry();
  readonly #phase: Gauge<"phase">;
  readonly #faultActive: Gauge<"id" | "kind" | "target" | "node">;
  readonly #nodeUp: Gauge<"node" | "kind">;
  readonly #invoked: Counter<"f">;
  readonly #completed: Counter<"f" | "outcome">;
  readonly #ofSamples: ReadonlyMap<Shown, Gauge>;
  /** The last sample of each series. */
  readonly #latest = new Map<string, Sample>();
  #eventsRead = 0;
  #samplesRead = 0;

  constructor(run: MeasuredRun) {
    this.#run = run;
    const registers = [this.#registry];
    new Gauge({
      name: "faultline_run_info",
      help: "Always 1; the labels say what runs",
      labelNames: ["run", "scenario"],
      registers,
    }).set({ run: run.id, scenario: run.scenario }, 1);
    this.#phase = new Gauge({
      name: "faultline_phase",
      help: "1 for the phase that the run is in, 0 for the others",
      labelNames: ["phase"],
      registers,
    });
    this.#faultActive = new Gauge({
      name: "faultline_fault_active",
      help: "1 from a fault's injection until it is healed, 0 from then on; node: one of the nodes or links that it strikes",
      labelNames: ["id", "kind", "target", "node"],
      registers,
    });
    this.#nodeUp = new Gauge({
      name: "faultline_node_up",
      help: "1 while a node's process runs; 0 while it is paused or gone",
      labelNames: ["node", "kind"],
      registers,
    });
    this.#invoked = new Counter({
      name: "faultline_operations_invoked_total",
      help: "Operations that the workload has begun",
      labelNames: ["f"],
      registers,
    });
    this.#completed = new Counter({
      name: "faultline_operations_total",
      help: "Operations of the workload that ended: ok, fail (it took no effect), info (nobody knows)",
      labelNames: ["f", "outcome"],
      registers,
    });
    this.#ofSamples = new Map(
      (Object.keys(ofSamples) as Shown[]).map((metric) => {
        const [name, help] = ofSamples[metric];
        return [metric, new Gauge({ name, help, labelNames: [...labelsOf[metric]], registers })];
      }),
    );
  }

  /** What {@link text} is, for HTTP. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of it as it is now, in Prometheus's text format. */
  text(): Promise<string> {
    this.#count();
    this.#setFaults();
    this.#setSamples();
    const now = this.#run.phase();
    for (const phase of phases) this.#phase.set({ phase }, phase === now ? 1 : 0);
    for (const { name, kind, state } of this.#run.nodes)
      this.#nodeUp.set({ node: name, kind }, state === "running" ? 1 : 0);
    return this.#registry.metrics();
  }

  #count(): void {
    const { events } = this.#run;
    for (; this.#eventsRead < events.length; this.#eventsRead++) {
      const event = events[this.#eventsRead];
      if (event === undefined) continue;
      const { f, type } = event;
      if (type === "invoke") {
        this.#invoked.inc({ f });
        // A rate needs a zero to rise from.
        for (const outcome of ["ok", "fail", "info"]) this.#completed.inc({ f, outcome }, 0);
      } else this.#completed.inc({ f, outcome: type });
    }
  }

  #setFaults(): void {
    for (const { id, fault: kind, target, nodes, links, injectedAt, healedAt } of this.#run.faults()) {
      if (injectedAt === undefined) continue;
      const struck = nodes.length + links.length === 0 ? [""] : [...nodes, ...links];
      for (const node of struck)
        this.#faultActive.set({ id, kind, target, node }, healedAt === undefined ? 1 : 0);
    }
  }

  #setSamples(): void {
    const { samples, nodes, now } = this.#run;
    for (; this.#samplesRead < samples.length; this.#samplesRead++) {
      const sample = samples[this.#samplesRead];
      if (sample !== undefined && isShown(sample.metric)) this.#latest.set(seriesOf(sample), sample);
    }
    for (const gauge of this.#ofSamples.values()) gauge.reset();
    const kinds = new Map(nodes.map(({ name, kind }) => [name, kind]));
    for (const { time, metric, node, labels = {}, value } of this.#latest.values()) {
      if (!isShown(metric) || now() - time > freshForNs) continue;
      const ofNode = node === undefined ? {} : { node, kind: kinds.get(node) ?? "" };
      this.#ofSamples.get(metric)?.set({ ...labels, ...ofNode }, value);
    }
  }
}

const seriesOf = ({ metric, node, labels }: Sample): string => JSON.stringify([metric, node, labels]);
