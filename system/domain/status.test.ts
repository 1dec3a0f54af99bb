import { expect } from "chai";
import fc from "fast-check";
import { canTransition, isTerminal, relevance, stages, statuses, statusOfStage } from "./status.ts";

describe("the state machine", () => {
  it("only ever goes forward", () => {
    fc.assert(
      fc.property(fc.constantFrom(...statuses), fc.constantFrom(...statuses), (from, to) => {
        if (canTransition(from, to)) expect(statuses.indexOf(to)).to.be.greaterThan(statuses.indexOf(from));
      }),
    );
  });

  it("lets every state reach an end, and ends in COMPLETED and FAILED only", () => {
    const reachesEnd = (status: (typeof statuses)[number]): boolean =>
      isTerminal(status) || statuses.some((to) => canTransition(status, to) && reachesEnd(to));
    expect(statuses.every(reachesEnd)).to.equal(true);
    expect(statuses.filter(isTerminal)).to.deep.equal(["COMPLETED", "FAILED"]);
  });

  it("gives a stage work only in its own status", () => {
    for (const stage of stages) {
      expect(statuses.filter((status) => relevance(stage, status) === "due")).to.deep.equal([
        statusOfStage[stage],
      ]);
      expect(relevance(stage, "FAILED")).to.equal("past");
      expect(relevance(stage, "RECORDING")).to.equal("early");
    }
  });
});
