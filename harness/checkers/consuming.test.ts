import { expect } from "chai";
import { consuming } from "./consuming.ts";
import { type MadeOperation, made } from "./testing/made-history.ts";

const send = (value: number, at: number): MadeOperation => ({
  ...{ f: "send", at, end: at + 5, key: "t-0" },
  value: { key: "t-0", offset: value, value },
});
const poll = (value: number, end: number): MadeOperation => ({
  ...{ f: "poll", at: end - 1, end },
  value: { "t-0": [[value, value]] },
});
/** A record every 100 ms for 10 s, each polled 20 ms after its acknowledgement, but for those of a stretch. */
const flow = (heldFrom = -1, heldTo = -1, polledAt?: number) =>
  Array.from({ length: 100 }, (_, value) => {
    const at = value * 100;
    if (at < heldFrom || at >= heldTo) return [send(value, at), poll(value, at + 25)];
    return polledAt === undefined ? [send(value, at)] : [send(value, at), poll(value, polledAt)];
  }).flat();
const hypothesis = consuming({ within: "2s" });
const reasonsAt = (operations: readonly MadeOperation[], ms: number) =>
  hypothesis.holds(made(operations), ms * 1e6).reasons;

describe("the hypothesis that what is sent is consumed", () => {
  it("holds while records are polled soon, and says how long it must", () => {
    expect(reasonsAt(flow(), 5_000)).to.deep.equal([]);
    expect(hypothesis.holdMs).to.equal(5_000);
  });

  it("does not hold without records, or while one waits", () => {
    expect(reasonsAt([], 5_000)).to.deep.equal(["0 records polled, needs 2"]);
    const held = flow(3_000, 3_200);
    expect(reasonsAt(held, 5_000)).to.deep.equal([]);
    expect(reasonsAt(held, 5_100).join()).to.match(/^1 acknowledged records have not been polled/);
    expect(hypothesis.holds(made(held), 9_000e6).overdue).to.equal(true);
  });

  it("counts who waited too long in the window in which it was polled, by nothing that happened later", () => {
    const late = flow(3_000, 3_200, 6_000);
    expect(reasonsAt(late, 4_900)).to.deep.equal([]);
    expect(reasonsAt(late, 5_500).join()).to.contain("have not been polled");
    expect(reasonsAt(late, 6_500)).to.deep.equal([
      "2 records were polled later than 2.0 s after their acknowledgement",
    ]);
    expect(hypothesis.holds(made(late), 6_500e6).overdue).to.equal(false);
    expect(reasonsAt(late, 9_500)).to.deep.equal([]);
  });

  it("wants to see so many consumers at work, where it is told how many", () => {
    const three = consuming({ consumers: 2 });
    const [first = [], second = []] = ["consumer-1", "consumer-2"].map((node) =>
      flow().map((operation) => (operation.f === "poll" ? { ...operation, node } : operation)),
    );
    const until5s = first.filter(({ at }) => at < 5_000);
    const from5s = second.filter(({ at }) => at >= 5_000);
    const events = made([...until5s, ...from5s]);
    expect(three.holds(events, 4_000e6).reasons).to.deep.equal(["1 consumers polled records, needs 2"]);
    expect(three.holds(events, 6_000e6).reasons).to.deep.equal([]);
    expect(three.holds(events, 9_000e6).holds).to.equal(false);
  });

  it("takes a record that was polled before its acknowledgement for polled", () => {
    const early = [send(0, 0), send(1, 100), poll(0, 4), poll(1, 104)];
    expect(reasonsAt(early, 2_900)).to.deep.equal([]);
  });
});
