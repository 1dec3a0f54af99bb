import { expect } from "chai";
import fc from "fast-check";
import type { WrittenFault } from "../report/record.ts";
import { seededRandom } from "../util/random.ts";
import { ManualClock } from "../util/testing/manual-clock.ts";
import type { Candidate } from "./candidate.ts";
import { type RunOnce, type ShrinkEvent, type ShrinkOptions, shrink } from "./shrink.ts";

const lost = "transcription: lost-recording";

const kill = (name: string, atMs: number, forMs = 8_000): WrittenFault => ({
  ...{ atMs, forMs },
  fault: { call: "kill", args: [{ call: "node", args: [name] }] },
});

/** Ten faults, of nodes 1 to 10. */
const ten: Candidate = {
  schedule: Array.from({ length: 10 }, (_, index) => kill(`n-${index + 1}`, 5_500 + index * 1_500)),
};

const namesOf = ({ schedule }: Candidate) =>
  schedule.map(({ fault }) => JSON.stringify(fault).match(/n-\d+/)?.[0] ?? "");

/** A system in which something is wrong when it says so. */
const system =
  (wrong: (candidate: Candidate) => readonly string[] | undefined): RunOnce =>
  async (candidate) => ({ signatures: wrong(candidate), folder: "run" });

const needs = (names: readonly string[]) => (candidate: Candidate) =>
  names.every((name) => namesOf(candidate).includes(name)) ? [lost] : [];

const options = (changes: Partial<ShrinkOptions> = {}): ShrinkOptions => ({
  ...{ repeats: 3, share: 0.6, budgetMs: 60_000, clock: new ManualClock() },
  observer: () => {},
  signal: new AbortController().signal,
  ...changes,
});

describe("shrinking", () => {
  it("of ten faults finds the two that it takes, short, early, and at the lowest rate", async () => {
    const shrunk = await shrink(ten, { signature: lost, rate: 4 }, system(needs(["n-3", "n-8"])), options());
    expect(shrunk).to.deep.include({ signature: lost, rate: 1, endedBy: "nothing more can be left out" });
    expect(shrunk?.schedule).to.deep.equal([kill("n-3", 4_000, 1_000), kill("n-8", 12_000, 1_000)]);
    expect(shrunk).to.include({ failures: 3, runs: 3 });
  });

  it("stops where it no longer fails: how long, how soon, how much", async () => {
    const needed = ({ schedule, rate = 4 }: Candidate) => {
      const [first] = schedule;
      return first !== undefined && first.forMs >= 3_000 && first.atMs >= 5_000 && rate >= 2 ? [lost] : [];
    };
    const from = { schedule: [kill("n-1", 6_300)] };
    const shrunk = await shrink(from, { signature: lost, rate: 4 }, system(needed), options());
    expect(shrunk?.schedule).to.deep.equal([kill("n-1", 6_000, 3_000)]);
    expect(shrunk?.rate).to.equal(2);
  });

  it("finds the two also when they fail in seven runs of ten", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const random = seededRandom(seed);
        const flaky = system((candidate) => (random() < 0.7 ? needs(["n-2", "n-9"])(candidate) : []));
        const repeating = { repeats: 9, share: 0.3 };
        const shrunk = await shrink(ten, { signature: lost }, flaky, options(repeating));
        expect(shrunk && namesOf(shrunk)).to.include.members(["n-2", "n-9"]);
        expect(shrunk?.schedule.length).to.equal(2);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it("does not believe luck: what failed often enough once has to do so again, or the search goes on", async () => {
    const lucky = new Map<string, number>();
    const sometimes = (candidate: Candidate) => {
      if (needs(["n-3", "n-8"])(candidate).length > 0) return [lost];
      const names = namesOf(candidate).join();
      const runs = (lucky.get(names) ?? 0) + 1;
      lucky.set(names, runs);
      return (names === "n-1,n-2,n-3,n-4,n-5" || names === "n-1") && runs <= 2 ? [lost] : [];
    };
    const shrunk = await shrink(ten, { signature: lost }, system(sometimes), options());
    expect(lucky.get("n-1")).to.be.greaterThan(2);
    expect(shrunk && namesOf(shrunk)).to.deep.equal(["n-3", "n-8"]);
    expect(shrunk).to.include({ failures: 3, runs: 3 });
  });

  it("says when it takes no fault at all", async () => {
    const shrunk = await shrink(
      ten,
      { signature: lost, rate: 4 },
      system(() => [lost]),
      options(),
    );
    expect(shrunk).to.deep.include({ schedule: [], failures: 3, runs: 3 });
  });

  it("does not take another failure for the same", async () => {
    const other = (candidate: Candidate) => {
      if (needs(["n-4", "n-5"])(candidate).length > 0) return [lost];
      return candidate.schedule.length < 5 ? ["stt: ended though nobody asked it to"] : [];
    };
    const shrunk = await shrink(ten, { signature: lost }, system(other), options());
    expect(shrunk && namesOf(shrunk)).to.deep.equal(["n-4", "n-5"]);
  });

  it("says when the schedule as it is does not fail often enough", async () => {
    let runs = 0;
    const once = system(() => (++runs === 1 ? [lost] : []));
    expect(await shrink(ten, { signature: lost }, once, options())).to.equal(undefined);
    expect(runs).to.equal(3);
  });

  it("repeats a run that says nothing about the service", async () => {
    let runs = 0;
    const broken = system((candidate) => (++runs % 2 === 1 ? undefined : needs(["n-6"])(candidate)));
    const shrunk = await shrink(ten, { signature: lost }, broken, options());
    expect(shrunk && namesOf(shrunk)).to.deep.equal(["n-6"]);
  });

  it("ends with its budget, with the smallest until then", async () => {
    const clock = new ManualClock();
    let runs = 0;
    const slow: RunOnce = async (candidate) => {
      runs++;
      await clock.sleep(30_000);
      return { signatures: needs(["n-1", "n-10"])(candidate), folder: "run" };
    };
    const shrunk = await shrink(ten, { signature: lost }, slow, options({ clock, budgetMs: 600_000 }));
    expect(shrunk?.endedBy).to.equal("the budget is spent");
    expect(runs).to.equal(23); // 20 in its budget, and three to confirm
    expect(shrunk && namesOf(shrunk)).to.include.members(["n-1", "n-10"]);
    expect(shrunk?.schedule.length).to.be.below(10);
  });

  it("when interrupted, ends with the smallest until then", async () => {
    const interrupt = new AbortController();
    let runs = 0;
    const system: RunOnce = async (candidate) => {
      if (++runs === 8) {
        interrupt.abort(new Error("Ctrl-C"));
        return { signatures: undefined, folder: "run" };
      }
      return { signatures: needs(["n-1", "n-2"])(candidate), folder: "run" };
    };
    const shrunk = await shrink(ten, { signature: lost }, system, options({ signal: interrupt.signal }));
    expect(shrunk?.endedBy).to.equal("interrupted");
    expect(runs).to.equal(8);
    expect(shrunk && namesOf(shrunk)).to.include.members(["n-1", "n-2"]);
  });

  it("runs no candidate again that was decided, and tells what it does", async () => {
    const events: ShrinkEvent[] = [];
    await shrink(
      ten,
      { signature: lost },
      system(needs(["n-3", "n-8"])),
      options({ observer: (event) => events.push(event) }),
    );
    const decided = events.flatMap((event) =>
      event.type === "decided" ? [JSON.stringify(event.candidate)] : [],
    );
    expect(new Set(decided).size).to.equal(decided.length);
    expect(events.flatMap((event) => (event.type === "step" ? [event.step] : []))).to.deep.equal([
      "as it was",
      "without any fault",
      "fewer faults",
      "shorter faults",
      "simpler times",
      "a lower rate",
      "once more",
    ]);
  });
});
