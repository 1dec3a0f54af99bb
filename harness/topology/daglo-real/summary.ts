/** Sentences of a summary. */
const MOST_SENTENCES = 3;
/** Abbreviations whose full stop Unicode's rules take for a sentence's end. */
const TITLE = /\b(Mr|Mrs|Ms|Dr|Prof|St)\.\s*$/;
/** Words that say nothing of what a text is about. */
const STOP_WORDS = new Set(
  (
    "a about all an and any are as at be been but by can could did do for from had has have he her him his how i if " +
    "in into is it its me more my no not of on or our out she so some such than that the their them then there " +
    "these they this those to up us was we were what when which who will with would you your"
  ).split(" "),
);

const sentenceRules = new Intl.Segmenter("en", { granularity: "sentence" });
const wordRules = new Intl.Segmenter("en", { granularity: "word" });

interface Sentence {
  readonly text: string;
  readonly words: readonly string[];
}

/**
 * A summary made of at most three of the text's own sentences, in their order, by SumBasic (A. Nenkova and
 * L. Vanderwende, "The impact of frequency on summarization", Microsoft Research MSR-TR-2005-101, 2005): again and
 * again take the sentence whose words are the most probable on average, among those with the most probable word; then
 * square the probabilities of its words, so that the next one says something else.
 */
export function summarize(text: string): string {
  const sentences = sentencesOf(text).map(
    (sentence): Sentence => ({ text: sentence, words: contentWords(sentence) }),
  );
  if (sentences.length <= MOST_SENTENCES) return sentences.map((sentence) => sentence.text).join(" ");
  const probability = probabilities(sentences.flatMap(({ words }) => words));
  const rest = sentences.filter(({ words }) => words.length > 0);
  const chosen = new Set<Sentence>();
  while (chosen.size < MOST_SENTENCES && rest.length > 0) {
    const best = bestSentence(rest, probability);
    rest.splice(rest.indexOf(best), 1);
    chosen.add(best);
    for (const word of best.words) probability.set(word, (probability.get(word) ?? 0) ** 2);
  }
  return sentences
    .filter((sentence) => chosen.has(sentence))
    .map((sentence) => sentence.text)
    .join(" ");
}

/** A text's sentences, without the white space between them. */
export function sentencesOf(text: string): string[] {
  const sentences: string[] = [];
  let begun = "";
  for (const { segment } of sentenceRules.segment(text)) {
    begun += segment;
    if (TITLE.test(begun)) continue;
    sentences.push(begun.trim());
    begun = "";
  }
  return [...sentences, begun.trim()].filter((sentence) => sentence !== "");
}

function contentWords(sentence: string): string[] {
  return [...wordRules.segment(sentence.toLowerCase())]
    .filter(({ isWordLike, segment }) => isWordLike && !STOP_WORDS.has(segment))
    .map(({ segment }) => segment);
}

function probabilities(words: readonly string[]): Map<string, number> {
  const probability = new Map<string, number>();
  for (const word of words) probability.set(word, (probability.get(word) ?? 0) + 1 / words.length);
  return probability;
}

function bestSentence(sentences: readonly Sentence[], probability: ReadonlyMap<string, number>): Sentence {
  const of = (word: string) => probability.get(word) ?? 0;
  const peak = ({ words }: Sentence) => Math.max(...words.map(of));
  const mean = ({ words }: Sentence) => words.reduce((sum, word) => sum + of(word), 0) / words.length;
  const highest = Math.max(...sentences.map(peak));
  const candidates = sentences.filter((sentence) => peak(sentence) === highest);
  return candidates.reduce((best, sentence) => (mean(sentence) > mean(best) ? sentence : best));
}
