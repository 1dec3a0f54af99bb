/** How often something is repeated, and in what share of that it has to fail. */
export interface Repeating {
  readonly repeats: number;
  /** Above 0, at most 1. */
  readonly share: number;
}

/** What repeats came to. */
export interface Repeated {
  readonly fails: boolean;
  readonly failures: number;
  /** Fewer than the repeats when they had decided it before. */
  readonly runs: number;
}

/** So many failures make the share. */
export const failuresNeeded = ({ repeats, share }: Repeating): number =>
  // Not more than meant: 0.6 of 5 is 3.0000000000000004 or so in floating point.
  Math.max(1, Math.ceil(repeats * share - 1e-9));

/**
 * Repeats something until it is decided whether it fails in the share: it ends as soon as that is certain, or can no
 * longer be reached.
 * @param once whether it failed; undefined when that time says nothing, and is not counted. After as many of those as
 * there are repeats, it counts as not failing.
 */
export async function repeatUntilDecided(
  once: () => Promise<boolean | undefined>,
  repeating: Repeating,
): Promise<Repeated> {
  const needed = failuresNeeded(repeating);
  let [failures, runs, silent] = [0, 0, 0];
  while (failures < needed && failures + (repeating.repeats - runs) >= needed && silent < repeating.repeats) {
    const failed = await once();
    if (failed === undefined) silent++;
    else runs++;
    if (failed) failures++;
  }
  return { fails: failures >= needed, failures, runs };
}
