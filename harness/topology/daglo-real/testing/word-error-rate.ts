/**
 * The share of words that must be replaced, left out or put in to get from the text to what was really said (by the
 * number of words said): the usual measure of speech recognition. Case and punctuation do not count.
 */
export function wordErrorRate(said: string, text: string): number {
  const reference = wordsOf(said);
  return editDistance(reference, wordsOf(text)) / reference.length;
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];

/** By Levenshtein: a row for each word of the one, of the distances to each beginning of the other. */
function editDistance(from: readonly string[], to: readonly string[]): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, word] of from.entries()) {
    const next = [i + 1];
    for (const [j, other] of to.entries()) {
      const replaced = (row[j] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
