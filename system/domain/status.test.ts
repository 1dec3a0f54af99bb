import { expect } from "chai";
import fc from "fast-check";
import {
  canRequeue,
  canTransition,
  isFinal,
  relevance,
  type Status,
  stageOfStatus,
  stages,
  statuses,
  statusOfStage,
} from "./status.ts";

describe("the state machine", () => {
  it("only ever goes forward", () => {
    fc.assert(
      fc.property(fc.constantFrom(...statuses), fc.constantFrom(...statuses), (from, to) => {
        if (canTransition(from, to)) expect(statuses.indexOf(to)).to.be.greaterThan(statuses.indexOf(from));
      }),
    );
  });

  it("lets every state reach an end, and ends in COMPLETED and FAILED only", () => {
    const isEnd = (status: Status) => !statuses.some((to) => canTransition(status, to));
    const reachesEnd = (status: Status): boolean =>
      isEnd(status) || statuses.some((to) => canTransition(status, to) && reachesEnd(to));
    expect(statuses.every(reachesEnd)).to.equal(true);
    expect(statuses.filter(isEnd)).to.deep.equal(["COMPLETED", "FAILED"]);
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

  it("comes back only from FAILED, and only to a stage that can fail", () => {
    fc.assert(
      fc.property(fc.constantFrom(...statuses), fc.constantFrom(...statuses), (from, to) => {
        const back = from === "FAILED" && stageOfStatus(to) !== null;
        expect(canRequeue(from, to)).to.equal(back);
        if (back) expect(canTransition(from, to), "never by itself").to.equal(false);
      }),
    );
    expect(statuses.filter(isFinal), "what no requeue can change").to.deep.equal(["COMPLETED"]);
    for (const stage of stages) expect(stageOfStatus(statusOfStage[stage])).to.equal(stage);
  });

  it("under any requests, goes forward between requeues and passes through every stage", () => {
    const requests = fc.array(fc.constantFrom(...statuses, "requeue" as const), { maxLength: 60 });
    fc.assert(
      fc.property(requests, (asked) => {
        const passed: Status[] = ["RECORDING"];
        let failedIn: Status | undefined;
        for (const request of asked) {
          const from = passed.at(-1) ?? "RECORDING";
          const to = request === "requeue" ? (failedIn ?? "ENCODING") : request;
          if (request === "requeue" ? !canRequeue(from, to) : !canTransition(from, to)) continue;
          if (to === "FAILED") failedIn = from;
          passed.push(to);
        }
        // Without the detours to FAILED and back, its way is the beginning of the one way there is.
        const direct = passed.filter((one, index) => one !== "FAILED" && passed[index - 1] !== "FAILED");
        expect(direct).to.deep.equal(statuses.slice(0, direct.length));
      }),
    );
  });
});
