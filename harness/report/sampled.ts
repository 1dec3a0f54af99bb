import { bucketOf, type TimeAxis } from "./axis.ts";
import type { Sample } from "./record.ts";

/** A sampled metric of one thing (a node, a partition), its last value in each bucket. */
export interface SampledSeries {
  readonly node: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Null where nothing was sampled for longer than the sampler's own rhythm explains: the node was gone. */
  readonly values: readonly (number | null)[];
}

interface Gathered {
  readonly sample: Sample;
  readonly values: (number | null)[];
  readonly first: number;
  last: number;
  count: number;
}

/** Folds samples, one by one, into a value per bucket for each series of each metric. */
export class SampleSeries {
  readonly #axis: TimeAxis;
  readonly #metrics = new Map<string, Map<string, Gathered>>();

  constructor(axis: TimeAxis) {
    this.#axis = axis;
  }

  add(sample: Sample): void {
    const series = this.#metrics.get(sample.metric) ?? new Map<string, Gathered>();
    this.#metrics.set(sample.metric, series);
    const id = JSON.stringify([sample.node, sample.labels]);
    const gathered = series.get(id) ?? {
      sample,
      values: new Array<number | null>(this.#axis.buckets).fill(null),
      first: sample.time,
      last: sample.time,
      count: 0,
    };
    series.set(id, gathered);
    gathered.values[bucketOf(this.#axis, sample.time)] = sample.value;
    gathered.last = sample.time;
    gathered.count += 1;
  }

  /** Names of all metrics that were sampled. */
  metrics(): readonly string[] {
    return [...this.#metrics.keys()];
  }

  /** The series of one metric, in the order they first occurred; empty when it was never sampled. */
  of(metric: string): readonly SampledSeries[] {
    return [...(this.#metrics.get(metric)?.values() ?? [])].map((gathered) => ({
      node: gathered.sample.node,
      labels: gathered.sample.labels ?? {},
      values: holdBetweenSamples(gathered, this.#axis),
    }));
  }
}

/** Carries each value forward over at most one and a half mean sampling intervals. */
function holdBetweenSamples(gathered: Gathered, axis: TimeAxis): (number | null)[] {
  const interval = (gathered.last - gathered.first) / Math.max(1, gathered.count - 1);
  const hold = Math.ceil((1.5 * interval) / axis.step);
  let value: number | null = null;
  let age = 0;
  return gathered.values.map((sampled) => {
    age = sampled === null ? age + 1 : 0;
    if (sampled !== null) value = sampled;
    return age <= hold ? value : null;
  });
}
