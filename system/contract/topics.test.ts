import { expect } from "chai";
import fc from "fast-check";
import { consumedRetryTopics, retryLayouts, retryTopicOf, retryTopicsOf, topicSpecs } from "./topics.ts";

const stages = ["processing", "summarizing"] as const;

describe("the topics", () => {
  it("of every retry there can be exist and are read, in each layout", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...retryLayouts),
        fc.constantFrom(...stages),
        fc.integer({ min: 1, max: 1_000 }),
        (layout, stage, attempts) => {
          const retry = { layout, attempts };
          const used = Array.from({ length: attempts - 1 }, (_, n) => retryTopicOf(stage, n + 1, layout));
          const specs = topicSpecs(retry).map(({ name }) => name);
          expect(specs).to.include.members(used);
          expect(consumedRetryTopics(stage, retry)).to.include.members(used);
          expect(specs, "each once").to.deep.equal([...new Set(specs)]);
          expect(specs, "none is read that is not there").to.include.members(
            consumedRetryTopics(stage, retry),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  it("are named and divided as documented", () => {
    expect(topicSpecs({ layout: "single", attempts: 1_000 })).to.have.length(8);
    const perAttempt = { layout: "per-attempt", attempts: 4 } as const;
    expect(retryTopicsOf("processing", perAttempt)).to.deep.equal([
      "stt-processing-topic-retry-0",
      "stt-processing-topic-retry-1",
      "stt-processing-topic-retry-2",
    ]);
    expect(topicSpecs(perAttempt)).to.deep.include({ name: "stt-summarizing-topic-retry-2", partitions: 1 });
    expect(topicSpecs(perAttempt), "still read after a change of the layout").to.deep.include({
      name: "stt-processing-topic-retry",
      partitions: 3,
    });
  });
});
