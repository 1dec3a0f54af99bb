import { expect } from "chai";
import fc from "fast-check";
import { sentencesOf, summarize } from "./summary.ts";

/**
 * Whether a text is made of at most so many of the sentences, in their order. Every way is tried, for a sentence may begin
 * with another one.
 */
const isMadeOf = (text: string, sentences: readonly string[], most: number): boolean =>
  text === "" ||
  (most > 0 &&
    sentences.some(
      (sentence, index) =>
        `${text} `.startsWith(`${sentence} `) &&
        isMadeOf(text.slice(sentence.length + 1), sentences.slice(index + 1), most - 1),
    ));

describe("a summary", () => {
  const text =
    "Good morning to everybody. The broker lost its disk, and the broker's partitions moved. " +
    "I had a coffee. The partitions of the broker came back after a minute. It rained. " +
    "A new disk is in the broker. Nobody noticed anything.";

  it("is made of the sentences about what the text is about, in their order", () => {
    const summary = sentencesOf(summarize(text));
    expect(summary).to.have.length(3);
    expect(summary).to.include("A new disk is in the broker.");
    expect(summary).not.to.include("It rained.");
    const order = summary.map((sentence) => text.indexOf(sentence));
    expect(order).to.deep.equal(order.toSorted((a, b) => a - b));
  });

  it("does not say the same twice while there is something else to say", () => {
    const repeated = "The fox jumps. The fox jumps. The fox jumps. The fox sleeps. Dogs bark loudly.";
    expect(sentencesOf(summarize(repeated))).to.include("Dogs bark loudly.");
  });

  it("of a short text is the text; of none, nothing", () => {
    expect(summarize("One. Two.  Three.")).to.equal("One. Two. Three.");
    expect(summarize("  ")).to.equal("");
  });

  it("has at most three sentences, all of them the text's own", () => {
    const words = fc.array(fc.constantFrom("the", "fox", "Mr.", "dog", "and", "3.5", "!", "…"), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), (sentences) => {
        const whole = sentences.map((sentence) => `${sentence.join(" ")}.`).join(" ");
        expect(isMadeOf(summarize(whole), sentencesOf(whole), 3), summarize(whole)).to.equal(true);
      }),
    );
  });

  it("takes a title's full stop for no end of a sentence", () => {
    expect(sentencesOf("And Mr. John Dashwood had leisure. Dr. Who came.")).to.deep.equal([
      "And Mr. John Dashwood had leisure.",
      "Dr. Who came.",
    ]);
  });
});
