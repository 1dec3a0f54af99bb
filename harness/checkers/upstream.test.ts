import { expect } from "chai";
import fc from "fast-check";
import { goodJournal, goodReads, goodRecording, type MadeOperation, made } from "./testing/made-history.ts";
import { submittedOnce } from "./upstream.ts";

const ids = ["a", "b"];
const whole = (journal: MadeOperation | undefined) => [
  ...ids.flatMap((id) => [...goodRecording(id, 0), ...goodReads(id, 9_000)]),
  ...(journal ? [journal] : []),
];
const check = (journal: MadeOperation | undefined, tolerate?: number) =>
  submittedOnce(tolerate === undefined ? {} : { tolerate }).check(made(whole(journal)));
const journal = (
  submissions: Record<string, number>,
  summaries: Record<string, number> = { a: 1, b: 1 },
) => ({
  ...goodJournal(ids, 9_500),
  value: { submissions, summaries, unattributed: 0 },
});

describe("the submitted-once checker", () => {
  it("passes when the journal shows each recording once", () => {
    expect(check(goodJournal(ids, 9_500))).to.include({ verdict: "passed" });
  });

  it("finds recordings submitted more than once", () => {
    const result = check(journal({ a: 3, b: 1 }));
    expect(result.verdict).to.equal("failed");
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["duplicate-submission"]);
    expect(result.counts).to.include({ submissions: 4, duplicates: 2 });
    const summary = check(journal({ a: 1, b: 1 }, { a: 1, b: 2 }));
    expect(summary.anomalies.map(({ type }) => type)).to.deep.equal(["duplicate-summary"]);
  });

  it("tolerates so many in the whole run", () => {
    expect(check(journal({ a: 2, b: 1 }), 1).verdict).to.equal("passed");
    expect(check(journal({ a: 2, b: 2 }), 1).verdict).to.equal("failed");
  });

  it("is inconclusive without the journal, or with one that lost entries", () => {
    expect(check(undefined).verdict).to.equal("inconclusive");
    expect(check({ ...goodJournal(ids, 9_500), type: "fail" }).verdict).to.equal("inconclusive");
    expect(check(journal({ a: 1 })).verdict).to.equal("inconclusive");
    expect(check(journal({})).verdict).to.equal("inconclusive");
  });

  it("passes any journal within what is tolerated, and names what is posted too often", () => {
    const names = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 8 });
    const kinds = fc.constantFrom("duplicate-submission", "duplicate-summary");
    fc.assert(
      fc.property(names, fc.nat(), fc.integer({ min: 1, max: 9 }), kinds, (ids, pick, extra, type) => {
        const once = ids.map((id): [string, number] => [id, 1]);
        const more = ids.map((id, n): [string, number] => [id, n === pick % ids.length ? 1 + extra : 1]);
        const submissions = Object.fromEntries(type === "duplicate-submission" ? more : once);
        const summaries = Object.fromEntries(type === "duplicate-summary" ? more : once);
        const events = made([{ ...goodJournal(ids, 0), value: { submissions, summaries, unattributed: 0 } }]);
        expect(submittedOnce({ tolerate: extra }).check(events).verdict).to.equal("passed");
        const { anomalies } = submittedOnce({ tolerate: extra - 1 }).check(events);
        expect(anomalies.map((found) => found.type)).to.deep.equal([type]);
        expect(anomalies[0]?.message).to.include(`recording ${ids[pick % ids.length]} was`);
      }),
    );
  });
});
