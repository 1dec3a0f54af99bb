import { besidesLoad, type K6Line } from "../../compare/k6-line.ts";
import type { Phase } from "../../history/event.ts";
import type { K6SampleLabels, Sample } from "../../report/record.ts";
import { DistributionBuilder } from "../../util/distribution.ts";

const nsPerSecond = 1e9;

/** A second is told when samples come that are so much later: k6 hands them over every second at most, and not quite in order. */
const settledAfterSeconds = 5;

/** Routes of a metric that are told apart; the rest are one. A script that names no routes has one for each URL. */
const mostRoutes = 40;
export const otherRoutes = "(other routes)";

/** Parts of a request's duration: six further series of each route that say nothing the whole does not. */
const requestParts: ReadonlySet<string> = new Set(
  ["blocked", "connecting", "tls_handshaking", "sending", "waiting", "receiving"].map(
    (part) => `http_req_${part}`,
  ),
);

const types: ReadonlySet<string> = new Set(["trend", "rate", "counter", "gauge"]);
type Type = K6SampleLabels["type"];

export interface RollUpOptions {
  /** Nanoseconds on the run's axis of a Unix time in ms. */
  readonly toAxis: (unixMs: number) => number;
  /** The phase of the run at a time of its axis. */
  readonly phaseAt: (ns: number) => Phase;
  readonly emit: (sample: Sample) => void;
}

interface Cell {
  readonly second: number;
  readonly sample: Omit<Sample, "value" | "distribution">;
  readonly type: Type;
  readonly values: DistributionBuilder;
  sum: number;
  last: number;
}

/**
 * Sums k6's samples up: one sample a second for each metric, route and phase, however many requests there were. What is left is
 * bounded by the length of the run.
 *
 * k6 notes a request when it has ended. It belongs to the second and the phase in which it was sent, as an operation of the history
 * does: its beginning is its end less its duration. Of a request without a connection k6 tells no duration, so it belongs to when it was
 * given up. What is no request belongs to when it was noted.
 */
export class K6RollUp {
  readonly #options: RollUpOptions;
  readonly #types = new Map<string, Type>();
  readonly #cells = new Map<string, Cell>();
  readonly #routes = new Map<string, Set<string>>();
  #latest = 0;
  /** k6 tells of one request in lines that follow one another: `http_reqs`, its durations, `http_req_failed`, all of one time. */
  #counted: Extract<K6Line, { type: "Point" }> | undefined;
  #request: { readonly endedAt: number; readonly sentAt: number } | undefined;

  constructor(options: RollUpOptions) {
    this.#options = options;
  }

  add(line: K6Line): void {
    if (line.type === "Metric") {
      if (types.has(line.data.type)) this.#types.set(line.metric, line.data.type as Type);
      return;
    }
    const { metric, data } = line;
    if (requestParts.has(metric) || besidesLoad.has(data.tags?.group ?? "")) return;
    if (metric === "http_reqs") {
      this.#settleCounted();
      this.#counted = line; // its duration comes next, and says when it was sent
      return;
    }
    if (metric === "http_req_duration") {
      this.#request = { endedAt: data.time, sentAt: data.time - data.value };
      this.#settleCounted();
    }
    this.#note(line);
  }

  /** Tells all that has come and was not told yet. */
  finish(): void {
    this.#settleCounted();
    this.#emitUpTo(Number.POSITIVE_INFINITY);
  }

  #settleCounted(): void {
    const counted = this.#counted;
    this.#counted = undefined;
    if (counted !== undefined) this.#note(counted);
  }

  #note({ metric, data }: Extract<K6Line, { type: "Point" }>): void {
    const type = this.#types.get(metric);
    if (type === undefined) return;
    const request = metric.startsWith("http_req") ? this.#request : undefined;
    const ns = this.#options.toAxis(request?.endedAt === data.time ? request.sentAt : data.time);
    if (ns < 0) return;
    const cell = this.#cellOf(metric, type, ns, data.tags?.name);
    cell.values.add(data.value);
    cell.sum += data.value;
    cell.last = data.value;
    if (cell.second > this.#latest) {
      this.#latest = cell.second;
      this.#emitUpTo(cell.second - settledAfterSeconds);
    }
  }

  #cellOf(metric: string, type: Type, ns: number, name: string | undefined): Cell {
    const phase = this.#options.phaseAt(ns);
    const second = Math.floor(ns / nsPerSecond);
    const route = name === undefined ? undefined : this.#routeOf(metric, name);
    const id = `${second} ${phase} ${metric} ${route ?? ""}`;
    const known = this.#cells.get(id);
    if (known !== undefined) return known;
    const labels: K6SampleLabels = { type, phase, ...(route === undefined ? {} : { name: route }) };
    const cell: Cell = {
      second,
      type,
      sample: { time: second * nsPerSecond, metric: `k6.${metric}`, labels: { ...labels } },
      values: new DistributionBuilder(),
      sum: 0,
      last: 0,
    };
    this.#cells.set(id, cell);
    return cell;
  }

  #routeOf(metric: string, name: string): string {
    const routes = this.#routes.get(metric) ?? new Set();
    this.#routes.set(metric, routes);
    if (!routes.has(name) && routes.size === mostRoutes) return otherRoutes;
    routes.add(name);
    return name;
  }

  #emitUpTo(second: number): void {
    for (const [id, cell] of this.#cells) {
      if (cell.second > second) continue;
      this.#cells.delete(id);
      this.#options.emit(sampleOf(cell));
    }
  }
}

function sampleOf({ sample, type, values, sum, last }: Cell): Sample {
  const distribution = values.build();
  if (type === "gauge") return { ...sample, value: last };
  if (type === "counter" || distribution === undefined) return { ...sample, value: sum };
  const value = sum / distribution.count;
  // Of a rate the buckets would only say again how many were 0 and 1.
  return {
    ...sample,
    value,
    distribution: type === "rate" ? { ...distribution, buckets: [] } : distribution,
  };
}
