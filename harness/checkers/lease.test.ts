import { expect } from "chai";
import { noes } from "../history/user-operations.ts";
import { type LeaseOptions, lease } from "./lease.ts";
import { type MadeOperation, made } from "./testing/made-history.ts";

const options: LeaseOptions = { ttl: "5s", slack: "1s" };
const operation = (f: string, owner: string, at: number, type: MadeOperation["type"] = "ok") => ({
  ...{ f, at, end: at + 10, type, key: "L", invokeValue: { owner } },
});
const acquire = (owner: string, at: number, type?: MadeOperation["type"]) =>
  operation("acquire", owner, at, type);
const release = (owner: string, at: number, type?: MadeOperation["type"]) =>
  operation("release", owner, at, type);
const busy = (at: number, owner = "x") => ({ ...acquire(owner, at, "fail"), busy: true });

function check(operations: (MadeOperation & { busy?: boolean })[], more: Partial<LeaseOptions> = {}) {
  const refusals = new Set(operations.filter((one) => one.busy).map(({ at }) => at * 1e6));
  const invokes = new Map<number, number>();
  const events = made(operations).map((event) => {
    if (event.type === "invoke") invokes.set(event.process, event.time);
    const refused = event.type === "fail" && refusals.has(invokes.get(event.process) ?? -1);
    return refused ? { ...event, error: noes.busy } : event;
  });
  return lease({ ...options, ...more }).check(events);
}
const types = (...operations: (MadeOperation & { busy?: boolean })[]) =>
  check(operations).anomalies.map(({ type }) => type);

describe("the lease checker", () => {
  it("passes locks that are refused while they are held, and counts", () => {
    const result = check([
      acquire("a", 0),
      busy(50),
      release("a", 100),
      acquire("b", 200),
      release("b", 300),
    ]);
    expect(result.verdict).to.equal("passed");
    expect(result.counts).to.include({ locks: 1, acquired: 2, refused: 1, abandoned: 0 });
  });

  it("finds a refusal when nobody can have held the lock, and shows who had it last", () => {
    expect(types(busy(0), acquire("a", 100), release("a", 200))).to.deep.equal(["refused-while-free"]);
    const after = check([acquire("a", 0), release("a", 100), busy(200)]);
    expect(after.anomalies.map(({ type }) => type)).to.deep.equal(["refused-while-free"]);
    expect(after.reason).to.include("a was the last");
    expect(types(busy(0, "x"), busy(5, "y"), acquire("a", 100)), "two refusals are no holder").to.have.length(
      2,
    );
  });

  it("excuses a refusal that overlaps whatever may have held the lock", () => {
    const doubts: MadeOperation[][] = [
      [acquire("a", 0), release("a", 195)], // under way when it was refused
      [acquire("a", 205), release("a", 300)], // acquired while it was refused
      [acquire("a", 0, "info")],
      [acquire("a", 0), release("a", 100, "info")],
      [acquire("a", 195, "fail")], // refused for another reason, and perhaps held until then
      [{ ...acquire("a", 0), end: 900 }],
    ];
    for (const doubt of doubts) expect(types(...doubt, busy(200))).to.deep.equal([]);
  });

  it("lets a dead holder's lock be taken for its lease and the slack, and no longer", () => {
    const dead = [acquire("a", 0), release("a", 1_000, "fail")];
    expect(types(...dead, busy(6_900))).to.deep.equal([]);
    expect(types(...dead, busy(7_100))).to.deep.equal(["refused-while-free"]);
  });

  it("finds a lock that was taken from a dead holder before its lease can have ended", () => {
    const dead = [acquire("a", 0), release("a", 1_000, "fail")];
    expect(types(...dead, acquire("b", 4_500))).to.deep.equal(["taken-too-early"]);
    const late = check([...dead, acquire("b", 5_500)]);
    expect(late.verdict).to.equal("passed");
    expect(late.counts).to.include({ abandoned: 1, "taken over": 1, "longest take-over (ms)": 5_510 });
  });

  it("is inconclusive when nothing was acquired, or no dead holder's lock where one is asked for", () => {
    expect(check([]).verdict).to.equal("inconclusive");
    const well = [acquire("a", 0), release("a", 100)];
    expect(check(well, { takeOver: true }).verdict).to.equal("inconclusive");
    const dead = [acquire("a", 0), release("a", 1_000, "fail")];
    expect(check(dead, { takeOver: true }).verdict).to.equal("inconclusive");
    expect(check([...dead, acquire("b", 5_500)], { takeOver: true }).verdict).to.equal("passed");
  });
});
