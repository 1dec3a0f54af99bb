import { expect } from "chai";
import fc from "fast-check";
import type { HistoryEvent } from "../history/event.ts";
import { type SteadyStateOptions, steadyState } from "./steady-state.ts";
import { goodLoad, goodRecording, type MadeOperation, made } from "./testing/made-history.ts";

const load = goodLoad(0, 15_000);
const at = (events: readonly HistoryEvent[], ms: number, options: SteadyStateOptions = {}) =>
  steadyState(options).holds(events, ms * 1e6);
const reasons = (operations: readonly MadeOperation[], ms: number, options: SteadyStateOptions = {}) =>
  at(made(operations), ms, options).reasons.join("; ");

describe("the steady-state hypothesis", () => {
  it("holds in good load, once recordings complete", () => {
    const events = made(load);
    expect(at(events, 12_000)).to.deep.equal({ holds: true, reasons: [], overdue: false });
    expect(at(events, 1_000).holds).to.equal(false);
  });

  it("never holds in an empty window: before the load, after it, without events", () => {
    expect(reasons([], 5_000)).to.include("0 start request(s)");
    expect(reasons(load, 30_000)).to.include("0 start request(s)").and.to.include("0 recording(s) completed");
  });

  it("needs the ratio of requests that end ok", () => {
    const failures = Array.from({ length: 5 }, (_, n): MadeOperation => {
      return { f: "status", key: "x", at: 11_000 + n, end: 11_010 + n, type: "fail" };
    });
    expect(reasons([...load, ...failures], 12_000)).to.match(/requests succeeded .*needs 99 %/);
    expect(reasons([...load, ...failures], 12_000, { availability: 0.5 })).to.equal("");
  });

  it("counts requests that hang, which have no completion yet, as failed", () => {
    const hanging = Array.from({ length: 5 }, (_, n): MadeOperation => {
      return { f: "status", key: "x", at: 10_500 + n, end: 15_500 + n, type: "info" };
    });
    expect(reasons([...load, ...hanging], 12_000)).to.include("(5 hang)");
  });

  it("bounds the latency of status, from when the user wanted it", () => {
    const late = load.map((operation) =>
      operation.f === "status" ? { ...operation, intended: operation.at - 2_000 } : operation,
    );
    expect(reasons(late, 12_000)).to.include("status p95 is 2005 ms");
  });

  it("fails a pipeline that stands still while every request is answered", () => {
    const stalledFrom = 8_000;
    const stalled = load.map((operation) =>
      operation.f === "status" && operation.at > stalledFrom && isCompleted(operation)
        ? { ...operation, value: { status: "PROCESSING" } }
        : operation,
    );
    expect(reasons(stalled, 12_000)).to.equal("0 recording(s) completed, needs 1");
    expect(reasons(stalled, 15_900, { minCompleted: 0, completedWithin: "6s" })).to.include(
      "to be completed",
    );
  });

  it("fails for one recording left behind, though others complete", () => {
    const behind = goodRecording("behind", 1_000).filter((operation) => !isCompleted(operation));
    expect(reasons([...load, ...behind], 11_000)).to.equal("");
    expect(reasons([...load, ...behind], 12_500)).to.equal(
      "recording behind has waited 10.5 s to be completed, may wait 10.0 s",
    );
  });

  it("fails while recordings end FAILED", () => {
    const failing = goodRecording("f", 8_000).map((operation) =>
      isCompleted(operation) ? { ...operation, value: { status: "FAILED" } } : operation,
    );
    expect(reasons([...load, ...failing], 12_000)).to.equal("1 recording(s) FAILED");
  });

  it("judges a time by nothing that happened later: live and afterwards agree", () => {
    const broken = [...load, ...Array.from({ length: 40 }, (_, n) => hung(6_000 + n * 50))];
    const all = made(broken);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 18_000 }), { minLength: 1, maxLength: 8 }), (times) => {
        const live: HistoryEvent[] = [];
        for (const ms of times.sort((a, b) => a - b)) {
          while (live.length < all.length && (all[live.length]?.time ?? 0) <= ms * 1e6) {
            live.push(all[live.length] as HistoryEvent);
          }
          expect(at(live, ms)).to.deep.equal(at(all, ms));
        }
      }),
    );
  });

  it("bounds the wait for ENCODED apart", () => {
    const slow = goodRecording("slow", 8_000).filter(({ at }) => at < 8_700); // never seen ENCODED
    expect(reasons([...load, ...slow], 14_000, { encodedWithin: "2s" })).to.match(
      /recording slow has waited .* to be encoded/,
    );
  });

  it("fails while recordings complete late: what it catches up with is not yet well", () => {
    const late = goodRecording("late", 1_000).map((operation) =>
      isCompleted(operation) ? { ...operation, at: 11_990, end: 12_000 } : operation,
    );
    expect(at(made([...load, ...late]), 12_100, { completedWithin: "5s" })).to.deep.include({
      overdue: false,
    });
    expect(reasons([...load, ...late], 12_100, { completedWithin: "5s" })).to.match(
      /recording late has waited .* to be completed/,
    );
    expect(
      reasons([...load, ...late], 15_050, { completedWithin: "5s", minCompleted: 0, minOfEachKind: 0 }),
    ).to.equal("");
  });
});

function isCompleted({ f, value }: MadeOperation): boolean {
  return f === "status" && (value as { status: string }).status === "COMPLETED";
}

function hung(atMs: number): MadeOperation {
  return { f: "status", key: "h", at: atMs, end: atMs + 5_000, type: "info" };
}
