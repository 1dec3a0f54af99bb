import { expect } from "chai";
import { noes } from "../history/user-operations.ts";
import { allOf, answering } from "./answering.ts";
import { measureAvailability } from "./availability.ts";
import { recovery } from "./recovery.ts";
import { type MadeOperation, made } from "./testing/made-history.ts";

/** One operation each 100 ms, answered after 5 ms. */
function sends(
  fromMs: number,
  toMs: number,
  end = (at: number): number | undefined => at + 5,
): MadeOperation[] {
  const operations: MadeOperation[] = [];
  for (let at = fromMs; at < toMs; at += 100) {
    const ended = end(at);
    operations.push({
      f: "send",
      at,
      ...(ended === undefined ? {} : { end: ended }),
      phase: at < 10_000 ? "steady" : "fault",
    });
  }
  return operations;
}

const hypothesis = answering({ f: ["send"] });
const judge = (operations: MadeOperation[], atMs: number) => hypothesis.holds(made(operations), atMs * 1e6);

describe("the hypothesis that operations are answered", () => {
  it("holds while they are, and not before there were enough", () => {
    expect(judge(sends(0, 5_000), 5_000).holds).to.equal(true);
    expect(judge([], 5_000).reasons).to.deep.equal(["0 send served, needs 2"]);
  });

  it("does not hold while one hangs, though all others are answered", () => {
    const { holds, reasons } = judge([...sends(0, 5_000), { f: "send", at: 3_000 }], 5_000);
    expect(holds).to.equal(false);
    expect(reasons[0]).to.contain("under way for more than 1.0 s");
  });

  it("does not hold when too many failed, or were served late", () => {
    const failed = sends(0, 5_000).map((one, index) =>
      index % 10 === 0 ? { ...one, type: "info" as const } : one,
    );
    expect(judge(failed, 5_000).reasons[0]).to.contain("of 30 operations served in time");
    const late = sends(0, 5_000).map((one) => ({ ...one, intended: Math.max(0, one.at - 2_000) }));
    expect(judge(late, 5_000).reasons.join()).to.contain("served in time");
  });

  it("judges the kinds it was given only", () => {
    const others = sends(0, 5_000).map((one) => ({ ...one, f: "poll", type: "fail" as const }));
    expect(judge([...sends(0, 5_000), ...others], 5_000).holds).to.equal(true);
  });

  it("gives the recovery time of a workload that is no transcription", () => {
    const outage = (at: number) => (at >= 10_000 && at < 14_000 ? undefined : at + 5);
    const hung = sends(0, 30_000, outage).map((one) =>
      one.end === undefined ? { ...one, end: 14_000, type: "info" as const } : one,
    );
    const { rtoMs, detectMs, errors } = recovery(made(hung), 10_000e6, hypothesis);
    expect(rtoMs).to.be.within(4_000, 4_200);
    expect(detectMs).to.be.within(200, 400);
    expect(errors).to.equal(40);
  });

  it("holds together with others when all do", () => {
    const both = allOf(hypothesis, answering({ f: ["acquire"], window: "5s" }));
    expect(both.windowMs).to.equal(5_000);
    expect(both.holds(made(sends(0, 5_000)), 5_000e6).reasons).to.deep.equal(["0 acquire served, needs 2"]);
  });
});

describe("an answer that says no", () => {
  it("is service: a busy lock is available", () => {
    const events = made([
      { f: "acquire", at: 0, end: 5, phase: "steady" },
      { f: "acquire", at: 10, end: 15, type: "fail", phase: "steady" },
      { f: "acquire", at: 20, end: 25, type: "fail", phase: "steady" },
    ]).map((event) => (event.type === "fail" && event.time < 20e6 ? { ...event, error: noes.busy } : event));
    expect(measureAvailability(events).total).to.deep.equal({ invoked: 3, ok: 2 });
  });
});
