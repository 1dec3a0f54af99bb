import type { Sample } from "../report/record.ts";

/** A line of Prometheus's text format. */
export interface MetricLine {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The samples of Prometheus's text format 0.0.4; comments, and values that are no finite number, are left out.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parseMetrics(text: string): MetricLine[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels = "", value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line) ?? [];
    if (name === undefined || !Number.isFinite(Number(value))) return [];
    const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
    return [{ name, labels: Object.fromEntries(pairs.map(([, k, v]) => [k, v])), value: Number(value) }];
  });
}

/** What of an instance's metrics is sampled, and how it is called; of labels, those that tell series apart. */
const sampled: Readonly<Record<string, { readonly as: string; readonly label?: string }>> = {
  nodejs_heap_size_used_bytes: { as: "heap_bytes" },
  stt_heap_after_gc_bytes: { as: "heap_after_gc_bytes" },
  nodejs_external_memory_bytes: { as: "external_bytes" },
  nodejs_active_handles_total: { as: "handles" },
  nodejs_active_requests_total: { as: "active_requests" },
  nodejs_eventloop_lag_p99_seconds: { as: "event_loop_lag_seconds" },
  stt_database_pool_connections: { as: "database_pool", label: "state" },
};

/** The samples of what an instance of the service says of itself. */
export function serviceSamples(text: string, node: string, time: number): Sample[] {
  return parseMetrics(text).flatMap(({ name, labels, value }) => {
    const meant = sampled[name];
    if (meant === undefined) return [];
    const { as: metric, label } = meant;
    const of = label === undefined ? undefined : labels[label];
    return [{ time, metric, node, ...(label === undefined ? {} : { labels: { [label]: of ?? "" } }), value }];
  });
}
