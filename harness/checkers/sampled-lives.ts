import type { Sample } from "../report/record.ts";
import { BlockSeries } from "./blocks.ts";

/** Points of a series that are held, at most: enough to tell a line from a bend, few enough to compare all pairs. */
const mostPoints = 90;

/** What was sampled of one metric of one thing, over the longest life of its process. */
export interface SampledLife {
  /** `stt-1`, or the labels: `group=g topic=t`. */
  readonly series: string;
  readonly node: string | undefined;
  /** After the warm-up; x is nanoseconds on the run's axis. */
  readonly blocks: BlockSeries;
  /**
   * It was there in at most half of the turns in which others of its node were, since it was first seen: a kind of request that is under
   * way now and then, an outcome that is rare.
   */
  readonly seldom: boolean;
}

interface Life extends Omit<SampledLife, "seldom"> {
  readonly warmUntil: number;
  /** Of its node's turns, how many there were before it was first seen. */
  readonly turnsBefore: number;
  seen: number;
}

/** Samples of one time are of one turn. */
interface Turns {
  readonly count: number;
  readonly last: number;
}

/** Of a node: when its process was started, on whatever axis; another value is another process. */
export const processStarted = "process_started";

/**
 * The series of one metric, in bounded memory. A process that was restarted has no memory of what it held before: its series begins
 * anew, warm-up included, and the longest life is kept.
 */
export class SampledLives {
  readonly #metric: string;
  readonly #warmUpNs: number;
  readonly #isMeant: (node: string | undefined) => boolean;
  readonly #current = new Map<string, Life>();
  readonly #longest = new Map<string, Life>();
  readonly #started = new Map<string, number>();
  /** Of the metric, by node. */
  readonly #turns = new Map<string | undefined, Turns>();

  constructor(metric: string, warmUpMs: number, isMeant: (node: string | undefined) => boolean) {
    this.#metric = metric;
    this.#warmUpNs = warmUpMs * 1e6;
    this.#isMeant = isMeant;
  }

  add(sample: Sample): void {
    const { metric, node, time, value } = sample;
    if (metric === processStarted && node !== undefined) this.#startedAt(node, value);
    if (metric !== this.#metric || !this.#isMeant(node)) return;
    const turns = this.#turnAt(node, time);
    const series = seriesOf(sample);
    const life = this.#current.get(series) ?? {
      ...{ series, node, blocks: new BlockSeries(mostPoints) },
      warmUntil: time + this.#warmUpNs,
      turnsBefore: turns - 1,
      seen: 0,
    };
    life.seen++;
    this.#current.set(series, life);
    if (time >= life.warmUntil) life.blocks.add({ x: time, y: value });
  }

  /** The longest life of each series, also of those with nothing after the warm-up. */
  lives(): SampledLife[] {
    const all = new Set([...this.#longest.keys(), ...this.#current.keys()]);
    return [...all].flatMap((series) => {
      const life = longer(this.#longest.get(series), this.#current.get(series));
      if (life === undefined) return [];
      const turns = (this.#turns.get(life.node)?.count ?? 0) - life.turnsBefore;
      return [{ ...life, seldom: 2 * life.seen <= turns }];
    });
  }

  #turnAt(node: string | undefined, time: number): number {
    const before = this.#turns.get(node) ?? { count: 0, last: Number.NaN };
    const count = before.count + (before.last === time ? 0 : 1);
    this.#turns.set(node, { count, last: time });
    return count;
  }

  #startedAt(node: string, value: number): void {
    const before = this.#started.get(node);
    this.#started.set(node, value);
    if (before === undefined || before === value) return;
    for (const [series, life] of this.#current) {
      if (series !== node && !series.startsWith(`${node} `)) continue;
      this.#longest.set(series, longer(this.#longest.get(series), life) ?? life);
      this.#current.delete(series);
    }
  }
}

function longer(one: Life | undefined, other: Life | undefined): Life | undefined {
  return (other?.blocks.samples ?? -1) > (one?.blocks.samples ?? -1) ? other : one;
}

function seriesOf({ node, labels = {} }: Sample): string {
  const named = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return [...(node === undefined ? [] : [node]), ...named].join(" ");
}
