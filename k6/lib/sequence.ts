/**
 * Finds what is missing in numbered series, of which each comes in order from 0: a number that is higher than expected
 * tells how many were passed over, a lower one is a repetition. What is missing at the very end cannot be seen.
 */
export class Sequences {
  readonly #next = new Map<string, number>();

  /** @returns how many numbers of the series are missing right before this one, and whether it came before. */
  see(series: string, number: number): { missing: number; repeated: boolean } {
    const expected = this.#next.get(series) ?? 0;
    if (number < expected) return { missing: 0, repeated: true };
    this.#next.set(series, number + 1);
    return { missing: number - expected, repeated: false };
  }
}
