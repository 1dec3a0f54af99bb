import { median } from "../util/median.ts";
import type { Point } from "./trend.ts";

/** So many of a kind become one: the smallest odd number that has a middle. */
const fold = 3;

/**
 * A series of any length in a bounded number of points: each is the median of the medians of three of the points before it, and so on
 * down to the samples (the remedian of Rousseeuw and Bassett 1990). A garbage collector's saw, a spike and a missed sample are gone from
 * it, a trend is not. One sample a point until there are `most`, then three, nine, ...: so from `most` / 3 to `most` points.
 */
export class BlockSeries {
  readonly #most: number;
  #blocks: Point[] = [];
  /** How many times points were folded: a block is the median of 3 ** depth samples. */
  #depth = 0;
  /** Points that do not make a block yet, by how many times they were folded; fewer than three each. */
  #rest: Point[][] = [];
  #samples = 0;

  /** @param most points that it holds, a multiple of three. */
  constructor(most: number) {
    this.#most = most;
  }

  get samples(): number {
    return this.#samples;
  }

  /** How many samples a point stands for. */
  get samplesAPoint(): number {
    return fold ** this.#depth;
  }

  /** Whole blocks, in the order of x. */
  get points(): readonly Point[] {
    return this.#blocks;
  }

  add(sample: Point): void {
    this.#samples++;
    let point = sample;
    for (let level = 0; level < this.#depth; level++) {
      const waiting = this.#rest[level] ?? [];
      this.#rest[level] = waiting;
      waiting.push(point);
      if (waiting.length < fold) return;
      point = middleOf(waiting);
      this.#rest[level] = [];
    }
    this.#blocks.push(point);
    if (this.#blocks.length < this.#most) return;
    const coarser: Point[] = [];
    for (let at = 0; at < this.#blocks.length; at += fold)
      coarser.push(middleOf(this.#blocks.slice(at, at + fold)));
    this.#blocks = coarser;
    this.#depth++;
  }
}

const middleOf = (points: readonly Point[]): Point => ({
  x: median(points.map(({ x }) => x)),
  y: median(points.map(({ y }) => y)),
});
