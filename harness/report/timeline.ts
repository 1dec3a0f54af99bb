import { bucketStart, type TimeAxis } from "./axis.ts";
import type { OperationsView } from "./operations.ts";
import type { Tenure } from "./owners.ts";
import { ownersPanel } from "./owners-panel.ts";
import type {
  FaultBand,
  LaneSpan,
  LanesPanel,
  LineSeries,
  LinesPanel,
  Panel,
  StripPanel,
  TimelineData,
  Unit,
} from "./panel.ts";
import type { FaultRecord, RunRecord } from "./record.ts";
import type { RecordingsView } from "./recordings.ts";
import type { SampledSeries, SampleSeries } from "./sampled.ts";

const NS_PER_S = 1e9;

/** Palette indices with a meaning; nodes take theirs by position in the topology. */
const colors = { first: 0, second: 1, third: 2, ok: 10, fail: 11, info: 12 } as const;
const nodeColors = 10;

/** What was measured in a run, folded to its axis. */
export interface Measured {
  readonly operations: OperationsView;
  readonly recordings: RecordingsView | null;
  /** What k6 measured, drawn already. */
  readonly k6: readonly Panel[];
  readonly samples: SampleSeries;
  readonly owners: { readonly locks: readonly Tenure[]; readonly partitions: readonly Tenure[] };
}

/** Everything the client script draws, from the folded series. */
export function timelineOf(
  record: RunRecord,
  axis: TimeAxis,
  { operations, recordings, k6, samples, owners }: Measured,
): TimelineData {
  const panels: Panel[] = [];
  if (operations.invoked > 0) {
    panels.push(availabilityPanel(operations), latencyPanel(operations), throughputPanel(operations, axis));
  }
  if (recordings !== null) panels.push(recordingsPanel(recordings));
  panels.push(
    ...k6,
    ...ownersPanel(owners.locks, axis, {
      id: "locks",
      title: "Lock holders",
      note: "Who definitely held each lock, from its acquire's ok until its release began, with the fencing token.",
    }),
    ...ownersPanel(owners.partitions, axis, {
      id: "partitions",
      title: "Partition owners",
      note: "Which consumer was given the records of each partition.",
    }),
  );
  const leaders = samples.of("partition_leader");
  if (leaders.length > 0) panels.push(leadersPanel(leaders, record, axis));
  const isr = samples.of("partition_isr_size");
  if (isr.length > 0) panels.push(isrPanel(isr));
  panels.push(
    ...sampledPanel(samples, record, {
      metric: "consumer_lag",
      title: "Consumer lag",
      note: "Records not yet consumed, by group and topic.",
      unit: "count",
    }),
    ...sampledPanel(samples, record, {
      metric: "rss_bytes",
      title: "Memory",
      note: "Resident memory of each node. A gap: the node was not running.",
      unit: "MiB",
      scale: 2 ** -20,
    }),
    ...sampledPanel(samples, record, {
      metric: "cpu_percent",
      title: "CPU",
      note: "Of one core, by node.",
      unit: "%",
    }),
  );
  return {
    from: bucketStart(axis, 0),
    step: axis.step / NS_PER_S,
    buckets: axis.buckets,
    phases: record.phases.map(({ name, from, to }) => ({ name, from: from / NS_PER_S, to: to / NS_PER_S })),
    faults: record.faults.flatMap((fault) => faultBand(fault, axis)),
    panels,
  };
}

/** The band of a fault that was injected; none for one that was not. */
function faultBand(fault: FaultRecord, axis: TimeAxis): FaultBand[] {
  if (fault.injectedAt === undefined) return [];
  const from = fault.injectedAt / NS_PER_S;
  const recovered = typeof fault.rtoMs === "number" ? from + fault.rtoMs / 1_000 : null;
  const to = fault.healedAt === undefined ? bucketStart(axis, axis.buckets) : fault.healedAt / NS_PER_S;
  return [{ label: `${fault.fault} ${fault.nodes.join(", ") || fault.target}`, from, to, recovered }];
}

function availabilityPanel(operations: OperationsView): StripPanel {
  const names = [...operations.availability.keys()].sort();
  return {
    kind: "strip",
    id: "availability",
    title: "Availability",
    note: "Each cell is split by how the operations due then ended; an answer that says no, such as a busy lock, is ok. Empty: none was due.",
    lanes: names.flatMap((name) => {
      const series = operations.availability.get(name);
      if (series === undefined) return [];
      const { no, ...outcomes } = series;
      const ok = series.ok.map((count, bucket) => count + (no[bucket] ?? 0));
      return [{ label: name || "all", ...outcomes, ok }];
    }),
  };
}

function latencyPanel(operations: OperationsView): LinesPanel {
  const kinds = [...operations.latency].filter(([, buckets]) => buckets.some((bucket) => bucket !== null));
  // The group of all kinds first, whenever it was met.
  kinds.sort(([a], [b]) => Number(b === "") - Number(a === ""));
  const shown = [
    ["p50", colors.first],
    ["p95", colors.second],
    ["p99", colors.third],
  ] as const;
  return {
    kind: "lines",
    id: "latency",
    title: "Latency",
    note: "Exact percentiles of operations that ended ok, from when they were due (logarithmic).",
    unit: "ms",
    log: true,
    groups: kinds.map(([f, buckets]) => ({
      label: f || "all kinds",
      series: shown.map(([name, color]) => ({
        label: name,
        color,
        fold: "max",
        values: buckets.map((bucket) => (bucket === null ? null : short(bucket[name]))),
      })),
    })),
  };
}

function throughputPanel(operations: OperationsView, axis: TimeAxis): LinesPanel {
  const perSecond = (counts: readonly number[]) => counts.map((n) => short(n / (axis.step / NS_PER_S)));
  const { ok, no, fail, info } = operations.completions;
  return {
    kind: "lines",
    id: "throughput",
    title: "Throughput",
    note: "Operations that ended, per second. no: an answer, such as a busy lock; info: may or may not have happened.",
    unit: "/s",
    groups: [
      {
        label: "",
        series: [
          { label: "ok", color: colors.ok, area: true, fold: "mean", values: perSecond(ok) },
          { label: "no", color: colors.third, fold: "mean", values: perSecond(no) },
          { label: "fail", color: colors.fail, fold: "mean", values: perSecond(fail) },
          { label: "info", color: colors.info, dashed: true, fold: "mean", values: perSecond(info) },
        ],
      },
    ],
  };
}

function recordingsPanel(view: RecordingsView): LinesPanel {
  return {
    kind: "lines",
    id: "recordings",
    title: "Recordings in flight",
    note: "Handed over (finish acknowledged) and not yet seen COMPLETED or FAILED.",
    unit: "count",
    stepped: true,
    groups: [
      {
        label: "",
        series: [
          { label: "in flight", color: colors.first, area: true, fold: "max", values: view.inFlight },
          { label: "handed over", color: colors.second, hidden: true, fold: "last", values: view.handedOver },
          { label: "completed", color: colors.ok, hidden: true, fold: "last", values: view.completed },
          { label: "failed", color: colors.fail, hidden: true, fold: "last", values: view.failed },
        ],
      },
    ],
  };
}

function leadersPanel(leaders: readonly SampledSeries[], record: RunRecord, axis: TimeAxis): LanesPanel {
  const values = new Set<number>();
  const lanes = leaders
    .map(({ labels, values: series }) => {
      const spans = spansOf(series, axis);
      for (const span of spans) values.add(span.value);
      const changed = new Set(spans.map((span) => span.value)).size > 1;
      return { label: `${labels.topic ?? "?"}[${labels.partition ?? "?"}]`, changed, spans };
    })
    .sort((a, b) => Number(b.changed) - Number(a.changed) || a.label.localeCompare(b.label));
  return {
    kind: "lanes",
    id: "leaders",
    title: "Partition leaders",
    note: "Which broker led each partition.",
    lanes,
    names: Object.fromEntries(
      [...values].sort((a, b) => a - b).map((n) => [String(n), brokerName(n, record)]),
    ),
  };
}

/** The node of a broker number: `kafka-2`. Negative: no broker leads. */
function brokerName(
  broker: number,
  record: RunRecord,
): { label: string; short: string; color: number | null } {
  if (broker < 0) return { label: "no leader", short: "none", color: null };
  const node = record.topology.nodes.find(
    ({ kind, name }) => kind === "kafka" && name.endsWith(`-${broker}`),
  );
  const label = node?.name ?? `broker ${broker}`;
  return {
    label,
    short: String(broker),
    color: node === undefined ? broker % nodeColors : nodeColor(label, record),
  };
}

/** Runs of the same value; at most one a bucket, so that flapping cannot blow up the file. */
function spansOf(values: readonly (number | null)[], axis: TimeAxis): LaneSpan[] {
  const spans: { from: number; to: number; value: number }[] = [];
  values.forEach((value, bucket) => {
    if (value === null) return;
    const from = bucketStart(axis, bucket);
    const to = bucketStart(axis, bucket + 1);
    const last = spans.at(-1);
    if (last?.value === value && last.to === from) last.to = to;
    else spans.push({ from, to, value });
  });
  return spans;
}

function isrPanel(isr: readonly SampledSeries[]): LinesPanel {
  const buckets = isr[0]?.values.length ?? 0;
  const at = (bucket: number) => isr.flatMap(({ values }) => values[bucket] ?? []);
  const full = isr.map(({ values }) => Math.max(...values.map((value) => value ?? 0)));
  const smallest = Array.from({ length: buckets }, (_, i) =>
    at(i).length === 0 ? null : Math.min(...at(i)),
  );
  const below = Array.from({ length: buckets }, (_, i) =>
    at(i).length === 0
      ? null
      : isr.filter(({ values }, p) => (values[i] ?? full[p] ?? 0) < (full[p] ?? 0)).length,
  );
  return {
    kind: "lines",
    id: "isr",
    title: "In-sync replicas",
    note: "The fewest of any partition, and how many partitions were below their full set.",
    unit: "count",
    stepped: true,
    short: true,
    groups: [
      {
        label: "",
        series: [
          { label: "fewest", color: colors.first, fold: "min", values: smallest },
          {
            label: "partitions below full",
            color: colors.fail,
            dashed: true,
            hidden: true,
            fold: "max",
            values: below,
          },
        ],
      },
    ],
  };
}

function sampledPanel(
  samples: SampleSeries,
  record: RunRecord,
  options: { metric: string; title: string; note: string; unit: Unit; scale?: number },
): LinesPanel[] {
  const sampled = samples.of(options.metric);
  if (sampled.length === 0) return [];
  const series = sampled.map(({ node, labels, values }, index): LineSeries => {
    const color = node === undefined ? index : nodeColor(node, record);
    const label = node ?? Object.values(labels).join(" · ");
    return {
      label,
      color: color % nodeColors,
      fold: "max",
      ...(color >= nodeColors ? { dashed: true } : {}),
      values: values.map((value) => (value === null ? null : short(value * (options.scale ?? 1)))),
    };
  });
  const { metric, title, note, unit } = options;
  return [{ kind: "lines", id: metric, title, note, unit, groups: [{ label: "", series }] }];
}

/** A node keeps its colour in every chart. */
function nodeColor(name: string, record: RunRecord): number {
  return Math.max(
    0,
    record.topology.nodes.findIndex((node) => node.name === name),
  );
}

/** Four significant digits: enough for any chart, and it keeps the file small. */
function short(value: number): number {
  return Number(value.toPrecision(4));
}
