import { seededRandom } from "../../util/random.ts";

/** The value of the nth sample. */
export type Series = (n: number) => number;

/** A series with the randomness of a seed. */
export type SeriesKind = (random: () => number) => Series;

/** Normal, of variance 1 (Box and Muller 1958). */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Noise of standard deviation 1, each sample for itself. */
export const noise: SeriesKind = (random) => () => normal(random);

/** A value that comes back to its mean by a share of 1 - r a sample: with r = 0.98, in about fifty. */
export const wandering =
  (r: number): SeriesKind =>
  (random) => {
    let value = normal(random) / Math.sqrt(1 - r ** 2);
    return () => {
      value = r * value + normal(random);
      return value;
    };
  };

/** What a garbage collector makes: a rise of a half a sample, and a fall to the floor at uneven times. */
export const saw =
  (shortest: number, longest: number): SeriesKind =>
  (random) => {
    let height = random() * shortest;
    let period = shortest;
    return () => {
      height++;
      if (height >= period) {
        height = 0;
        period = shortest + (longest - shortest) * random();
      }
      return height * 0.5 + normal(random);
    };
  };

/** A count that is mostly the same. */
export const count: SeriesKind = (random) => () => 40 + (random() < 0.1 ? 1 : 0) - (random() < 0.05 ? 1 : 0);

/** One more than the other. */
export const plus =
  (kind: SeriesKind, shape: Series): SeriesKind =>
  (random) => {
    const of = kind(random);
    return (n) => of(n) + shape(n);
  };

/** The first `length` values of a series, the same for the same seed. */
export function simulated(kind: SeriesKind, seed: number, length: number): number[] {
  const series = kind(seededRandom(seed));
  return Array.from({ length }, (_, n) => series(n));
}
