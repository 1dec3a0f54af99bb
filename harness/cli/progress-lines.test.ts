import { expect } from "chai";
import type { FaultRecord } from "../report/record.ts";
import type { RunEvent } from "../run/run-event.ts";
import { progressLines } from "./progress-lines.ts";

const fault: FaultRecord = {
  id: "fault-1",
  fault: "kill",
  target: "leader of t[0]",
  nodes: ["kafka-2"],
  links: [],
  escalations: [],
  injectedAt: 1,
};

describe("progress as lines", () => {
  /** The lines of some events, without their times. */
  function linesOf(...events: RunEvent[]): string[] {
    const lines: string[] = [];
    const observe = progressLines((line) => lines.push(line.replace(/^ *[\d.]+ s {2}/, "")));
    for (const event of events) observe(event);
    return lines;
  }

  it("has a line for the start and the end of a stage, with its time", () => {
    expect(
      linesOf(
        { type: "stage", stage: "provision", state: "started" },
        { type: "stage", stage: "provision", state: "done", ms: 1_234 },
      ),
    ).to.deep.equal(["provision ...", "provision: done (1.2 s)"]);
  });

  it("leaves out what is merely polled", () => {
    expect(
      linesOf({ type: "detail", text: "start proxies" }, { type: "detail", text: "0 of 3", polled: true }),
    ).to.deep.equal(["  start proxies"]);
  });

  it("tells each step of a fault", () => {
    const steps: FaultRecord[] = [
      fault,
      { ...fault, provenAt: 2, proof: "it is gone" },
      { ...fault, provenAt: 2, escalations: ["heal failed; restarting kafka-2"] },
      { ...fault, provenAt: 2, healedAt: 3 },
      { ...fault, provenAt: 2, healedAt: 3, healProvenAt: 4, healProof: "it is in sync" },
      { ...fault, error: "not proven: it still answers" },
    ];
    expect(linesOf(...steps.map((record): RunEvent => ({ type: "fault", record })))).to.deep.equal([
      "  kill leader of t[0] = kafka-2: injected",
      "  kill leader of t[0] = kafka-2: proven: it is gone",
      "  kill leader of t[0] = kafka-2: heal failed; restarting kafka-2",
      "  kill leader of t[0] = kafka-2: healed, proof under way",
      "  kill leader of t[0] = kafka-2: proven healed: it is in sync",
      "  kill leader of t[0] = kafka-2: not proven: it still answers",
    ]);
  });
});
