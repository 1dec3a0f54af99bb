import { expect } from "chai";
import fc from "fast-check";
import { healed } from "./conditions.ts";
import { kill } from "./kill.ts";
import { pause } from "./pause.ts";
import { after, at, describePlan, during, every, faultsOf, occurrences, randomly } from "./schedule.ts";
import { all, leaderOf, node } from "./targets.ts";

describe("schedule", () => {
  it("reads as it is written", () => {
    const scheduled = at("10s", kill(leaderOf("orders", 2))).for("8s");
    expect(scheduled).to.include({ atMs: 10_000, forMs: 8_000 });
    expect(describePlan(scheduled)).to.deep.equal(["at 10 s for 8 s: kill leader of orders[2]"]);
  });

  it("refuses what is not a duration", () => {
    expect(() => at("soon", kill(leaderOf("orders")))).to.throw(RangeError, "soon");
  });

  it("knows faults from one time to another", () => {
    expect(during("10s", "25s", kill(node("stt-1")))).to.include({ atMs: 10_000, forMs: 15_000 });
    expect(() => during("25s", "10s", kill(node("stt-1")))).to.throw(RangeError, "before");
  });

  it("knows faults that come again and again, the last one before the end", () => {
    const plan = every("10s", kill(all("stt")))
      .for("2s")
      .during("5s", "35s");
    expect(plan.map(({ atMs }) => atMs)).to.deep.equal([5_000, 15_000, 25_000]);
    expect(new Set(plan.map(({ forMs }) => forMs))).to.deep.equal(new Set([2_000]));
  });

  it("knows faults that wait for something to happen", () => {
    const plan = after(healed(1), kill(node("stt-1"))).for("5s");
    expect(describePlan(plan)).to.deep.equal(["after fault 1 is proven healed for 5 s: kill stt-1"]);
  });

  it("draws the same faults from the same seed, in the order of their times and within their bounds", () => {
    const plan = randomly({
      faults: [kill(node("stt-1")), pause(node("kafka-1"))],
      count: 5,
      between: ["10s", "60s"],
      lasting: ["2s", "8s"],
    });
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const drawn = occurrences([plan], seed);
        expect(occurrences([plan], seed)).to.deep.equal(drawn);
        const times = drawn.map(({ atMs }) => atMs);
        expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
        for (const { atMs, forMs } of drawn) {
          expect(atMs).to.be.within(10_000, 60_000);
          expect(forMs).to.be.within(2_000, 8_000);
        }
      }),
    );
    expect(occurrences([plan], 1)).not.to.deep.equal(occurrences([plan], 2));
    expect(describePlan(plan)).to.deep.equal([
      "5 drawn by the seed from kill, pause, between 10.0 s and 1 m 00 s, each for 2.0 s to 8.0 s",
    ]);
  });

  it("knows every fault that may strike", () => {
    const [one, two, three] = [kill(node("stt-1")), kill(node("stt-2")), pause(node("kafka-1"))];
    const drawn = randomly({ faults: [three], count: 1, between: [0, 1], lasting: [0, 1] });
    const plans = [at(0, one).for(0), every("1s", two).for(0).during(0, "2s"), drawn];
    expect(new Set(faultsOf(plans))).to.deep.equal(new Set([one, two, three]));
  });
});
