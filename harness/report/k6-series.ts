import { type Distribution, DistributionBuilder } from "../util/distribution.ts";
import { bucketOf, type TimeAxis } from "./axis.ts";
import type { Sample } from "./record.ts";

const nsPerSecond = 1e9;

/** A trend of k6, of one route or of all. */
export interface TrendSeries {
  readonly metric: string;
  /** Absent: of all routes. */
  readonly route: string | undefined;
  readonly values: readonly (Distribution | undefined)[];
}

interface Trend {
  readonly metric: string;
  readonly route: string | undefined;
  readonly buckets: Map<number, DistributionBuilder>;
}

/** Folds k6's seconds, one by one, into a value a bucket for each metric. A second is in each bucket that it overlaps. */
export class K6Series {
  readonly #axis: TimeAxis;
  readonly #trends = new Map<string, Trend>();
  readonly #rates = new Map<string, Map<number, { failed: number; all: number }>>();
  readonly #counters = new Map<string, Map<number, number>>();
  readonly #gauges = new Map<string, Map<number, number>>();

  constructor(axis: TimeAxis) {
    this.#axis = axis;
  }

  /** @param sample of a metric `k6.…`. */
  add({ time, metric, labels = {}, value, distribution }: Sample): void {
    const { from, step, buckets } = this.#axis;
    if (time + nsPerSecond <= from || time >= from + step * buckets) return;
    const name = metric.slice("k6.".length);
    const last = bucketOf(this.#axis, time + nsPerSecond - 1);
    for (let bucket = bucketOf(this.#axis, time); bucket <= last; bucket++) {
      if (labels.type === "counter") add(seriesIn(this.#counters, name), bucket, value);
      else if (labels.type === "gauge") {
        const gauge = seriesIn(this.#gauges, name);
        gauge.set(bucket, Math.max(gauge.get(bucket) ?? Number.NEGATIVE_INFINITY, value));
      } else if (distribution !== undefined && labels.type === "rate") {
        const rate = seriesIn(this.#rates, name);
        const before = rate.get(bucket) ?? { failed: 0, all: 0 };
        rate.set(bucket, { failed: before.failed + distribution.sum, all: before.all + distribution.count });
      } else if (distribution !== undefined) {
        for (const route of new Set([undefined, labels.name])) this.#merge(name, route, bucket, distribution);
      }
    }
  }

  /** Whole metrics first, then by route. */
  trends(): TrendSeries[] {
    return [...this.#trends.values()]
      .map(({ metric, route, buckets }) => ({
        ...{ metric, route },
        values: this.#buckets((bucket) => buckets.get(bucket)?.build()),
      }))
      .sort((a, b) => Number(a.route !== undefined) - Number(b.route !== undefined));
  }

  /** The share that was true, in percent, of each rate. */
  rates(): Map<string, (number | null)[]> {
    return this.#each(this.#rates, (one) => (one === undefined ? null : (100 * one.failed) / one.all));
  }

  /** Sums of each counter in each bucket; of a bucket shorter than a second: in its second. */
  counts(): Map<string, (number | null)[]> {
    return this.#each(this.#counters, (sum) => sum ?? null);
  }

  /** The largest value of each gauge. */
  gauges(): Map<string, (number | null)[]> {
    return this.#each(this.#gauges, (value) => value ?? null);
  }

  #merge(metric: string, route: string | undefined, bucket: number, distribution: Distribution): void {
    const id = JSON.stringify([metric, route]);
    const trend = this.#trends.get(id) ?? { metric, route, buckets: new Map<number, DistributionBuilder>() };
    this.#trends.set(id, trend);
    const builder = trend.buckets.get(bucket) ?? new DistributionBuilder();
    trend.buckets.set(bucket, builder);
    builder.merge(distribution);
  }

  #each<V>(
    all: ReadonlyMap<string, ReadonlyMap<number, V>>,
    value: (one: V | undefined) => number | null,
  ): Map<string, (number | null)[]> {
    return new Map(
      [...all].map(([name, series]) => [name, this.#buckets((bucket) => value(series.get(bucket)))]),
    );
  }

  #buckets<V>(value: (bucket: number) => V): V[] {
    return Array.from({ length: this.#axis.buckets }, (_, bucket) => value(bucket));
  }
}

function seriesIn<V>(all: Map<string, Map<number, V>>, name: string): Map<number, V> {
  const series = all.get(name) ?? new Map<number, V>();
  all.set(name, series);
  return series;
}

const add = (series: Map<number, number>, bucket: number, value: number) =>
  series.set(bucket, (series.get(bucket) ?? 0) + value);
