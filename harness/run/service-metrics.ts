import type { Sample } from "../report/record.ts";
import { type MetricLine, parseMetrics } from "../util/prometheus-text.ts";

/** What of an instance's metrics is sampled, and how it is called; of labels, those that tell series apart. */
const sampled: Readonly<Record<string, { readonly as: string; readonly label?: string }>> = {
  nodejs_heap_size_used_bytes: { as: "heap_bytes" },
  stt_heap_after_gc_bytes: { as: "heap_after_gc_bytes" },
  nodejs_external_memory_bytes: { as: "external_bytes" },
  nodejs_active_resources: { as: "active_resources", label: "type" },
  nodejs_eventloop_lag_p99_seconds: { as: "event_loop_lag_seconds" },
  stt_database_pool_connections: { as: "database_pool", label: "state" },
};

/** A histogram of which the mean between two turns is sampled. */
const durations = {
  histogram: "stt_stage_duration_seconds",
  as: "stage_seconds",
  labels: ["stage", "outcome"],
};

/** When the process began, in epoch seconds: another value is another process, whose counters began at nothing. */
const processStart = "process_start_time_seconds";

interface Total {
  readonly sum: number;
  readonly count: number;
}

const nothing: Total = { sum: 0, count: 0 };

/** An instance's totals at its last turn, by stage and outcome, and the process that they are of. */
interface Turn {
  readonly started: number | undefined;
  readonly totals: ReadonlyMap<string, Total>;
}

/** Makes samples of what instances of the service say of themselves, turn by turn. */
export class ServiceMetrics {
  readonly #lastTurns = new Map<string, Turn>();

  /** @param text an instance's metrics, in Prometheus's text format. */
  samplesOf(text: string, node: string, time: number): Sample[] {
    const lines = parseMetrics(text);
    const values = lines.flatMap(({ name, labels, value }) => {
      const meant = sampled[name];
      if (meant === undefined) return [];
      const { as: metric, label } = meant;
      const apart = label === undefined ? {} : { labels: { [label]: labels[label] ?? "" } };
      return [{ time, metric, node, ...apart, value }];
    });
    return [...values, ...this.#means(lines, node, time)];
  }

  /**
   * How long things took since the last turn, on average; none where there were none, and none in an instance's first turn: what it has
   * handled by then may have been for another run, of a topology that is used again.
   */
  #means(lines: readonly MetricLine[], node: string, time: number): Sample[] {
    const { histogram, as: metric, labels: names } = durations;
    const of = (part: "sum" | "count") => lines.filter(({ name }) => name === `${histogram}_${part}`);
    const kind = ({ labels }: MetricLine) => names.map((name) => labels[name] ?? "").join(" ");
    const counts = new Map(of("count").map((line) => [kind(line), line.value]));
    const started = lines.find(({ name }) => name === processStart)?.value;
    const totals = new Map(
      of("sum").map((line) => [kind(line), { sum: line.value, count: counts.get(kind(line)) ?? 0 }]),
    );
    const last = this.#lastTurns.get(node);
    this.#lastTurns.set(node, { started, totals });
    if (last === undefined) return [];
    return of("sum").flatMap((line) => {
      const { sum, count } = totals.get(kind(line)) ?? nothing;
      const before = (last.started === started ? last.totals.get(kind(line)) : undefined) ?? nothing;
      if (count <= before.count) return [];
      const labels = Object.fromEntries(names.map((name) => [name, line.labels[name] ?? ""]));
      return [{ time, metric, node, labels, value: (sum - before.sum) / (count - before.count) }];
    });
  }
}
