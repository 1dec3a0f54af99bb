import { expect } from "chai";
import fc from "fast-check";
import { catalogueOf } from "../faults/catalogue.ts";
import { writtenSchedule } from "../faults/written.ts";
import { cluster } from "../topology/cluster.ts";
import { stt } from "../topology/stt.ts";
import { seededRandom } from "../util/random.ts";
import { drawSchedule } from "./draw-schedule.ts";

const entries = catalogueOf(stt());
const drawn = (seed: number, most: number, from = entries) =>
  drawSchedule(from, seededRandom(seed), { most });

describe("drawing a schedule", () => {
  it("draws the same from the same seed, 1 to as many faults as asked for, short ones, the first at 4 s", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 10 }), (seed, most) => {
        const schedule = drawn(seed, most);
        expect(writtenSchedule(drawn(seed, most))).to.deep.equal(writtenSchedule(schedule));
        expect(schedule.length).to.be.within(1, most);
        expect(schedule[0]?.atMs).to.equal(4_000);
        const times = schedule.map(({ atMs }) => atMs);
        expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
        for (const { forMs } of schedule) expect(forMs).to.be.within(2_000, 8_000);
      }),
    );
  });

  it("draws every kind, and schedules that overlap as well as those that do not", () => {
    const all = Array.from({ length: 2_000 }, (_, seed) => drawn(seed, 3));
    const kinds = new Set(all.flatMap((schedule) => schedule.map(({ fault }) => fault.kind)));
    expect([...kinds]).to.have.members(entries.map(({ kind }) => kind));
    const overlaps = all.filter(
      ([first, second]) => first && second && first.atMs + first.forMs > second.atMs,
    );
    const apart = all.filter(([first, second]) => first && second && first.atMs + first.forMs < second.atMs);
    expect(overlaps.length).to.be.above(200);
    expect(apart.length).to.be.above(200);
  });

  it("never has two faults of the family node on one target: the second could not be proven", () => {
    const ofNodes = new Set(entries.filter(({ family }) => family === "node").map(({ kind }) => kind));
    for (let seed = 0; seed < 1_000; seed++) {
      const targets = drawn(seed, 5)
        .filter(({ fault }) => ofNodes.has(fault.kind))
        .map(({ fault }) => fault.target.description);
      expect(new Set(targets).size, `seed ${seed}`).to.equal(targets.length);
    }
  });

  it("ends for a topology with little to strike", () => {
    const few = catalogueOf(cluster({ redis: "single" })).filter(({ family }) => family === "node");
    for (let seed = 0; seed < 200; seed++) expect(drawn(seed, 10, few).length).to.be.within(1, 10);
  });
});
