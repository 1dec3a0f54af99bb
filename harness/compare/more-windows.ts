import type { Layout } from "./comparison.ts";
import type { Shift } from "./rank-tests.ts";

/** Beyond this many the advice is another one: longer windows, or a quieter machine. */
const most = 200;

/**
 * About how many more windows a side would decide, if they are as noisy as those that there are: an interval narrows with the square
 * root of their number. A plan and no promise.
 *
 * @param bound how far from 0 counts as the same.
 * @param level the one-sided level that a difference must reach, of all measures together.
 * @param alpha the one-sided level of the interval that must lie within the bound for "no difference".
 * @returns undefined when it would be more than 200: the difference lies on the bound itself, or the noise is hopeless.
 */
export function moreWindows(
  shift: Shift,
  layout: Layout,
  windows: number,
  { bound, level, alpha }: { readonly bound: number; readonly level: number; readonly alpha: number },
): number | undefined {
  const distance = Math.abs(shift.estimate) - bound;
  const fewest = fewestWindows(layout, distance > 0 ? level : alpha);
  const interval = shift.interval(2 * (distance > 0 ? level : alpha));
  if (interval === undefined) return fewest - windows;
  const below = shift.estimate - interval.low;
  const above = interval.high - shift.estimate;
  const tooWideBy =
    distance > 0
      ? (shift.estimate > 0 ? below : above) / distance
      : Math.max(above / (bound - shift.estimate), below / (bound + shift.estimate));
  const wanted = Math.max(fewest, windows + 1, Math.ceil(windows * tooWideBy ** 2));
  return wanted > most ? undefined : wanted - windows;
}

/** The fewest windows a side whose most extreme outcome is as unlikely as `level`, when there is no difference. */
export function fewestWindows(layout: Layout, level: number): number {
  let windows = 0;
  let extreme = 1;
  while (extreme > level) {
    windows++;
    // All pairs point one way: 1 in 2^n. All of one side above the other: 1 in (2n choose n).
    extreme *= layout === "interleaved" ? 0.5 : windows / (2 * (2 * windows - 1));
  }
  return windows;
}
