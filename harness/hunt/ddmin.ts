/**
 * A smallest part of a list that still fails: no item of it can be left out. Delta debugging, the algorithm ddmin of
 * Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), section 3.2.
 * @param items a list that fails.
 * @param fails whether a part of it does, in the order of the list. It is asked about the same part more than once.
 */
export async function ddmin<T>(
  items: readonly T[],
  fails: (part: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let current = items;
  let parts = 2;
  while (current.length > 1) {
    const subsets = split(current, parts);
    const smaller = await firstFailing(subsets, fails);
    if (smaller !== undefined) {
      current = smaller;
      parts = 2;
      continue;
    }
    // With two parts, the complement of one is the other.
    const complements =
      parts === 2 ? [] : subsets.map((subset) => current.filter((item) => !subset.includes(item)));
    const without = await firstFailing(complements, fails);
    if (without !== undefined) {
      current = without;
      parts = Math.max(parts - 1, 2);
    } else if (parts < current.length) {
      parts = Math.min(current.length, 2 * parts);
    } else {
      return current;
    }
  }
  return current;
}

async function firstFailing<T>(
  candidates: readonly (readonly T[])[],
  fails: (part: readonly T[]) => Promise<boolean>,
): Promise<readonly T[] | undefined> {
  for (const candidate of candidates) if (await fails(candidate)) return candidate;
  return undefined;
}

/** A list in so many parts of almost equal length. */
function split<T>(items: readonly T[], parts: number): T[][] {
  const bound = (index: number) => Math.round((index * items.length) / parts);
  return Array.from({ length: parts }, (_, index) => items.slice(bound(index), bound(index + 1)));
}
