import { expect } from "chai";
import fc from "fast-check";
import type { Phase } from "../history/event.ts";
import { recovery } from "./recovery.ts";
import { steadyState } from "./steady-state.ts";
import { goodLoad, type MadeOperation, made } from "./testing/made-history.ts";

const INJECTED = 20_000;
const phaseAt = (ms: number): Phase =>
  ms < INJECTED ? "steady" : ms < 28_000 ? "fault" : ms < 50_000 ? "recovery" : "drain";
const hypothesis = steadyState({ completedWithin: "5s" });
const judge = (operations: readonly MadeOperation[]) =>
  recovery(made(operations, phaseAt), INJECTED * 1e6, hypothesis);

/** Good load in which every request invoked in `[from, to)` ends with `type`. */
const brokenBetween = (from: number, to: number, type: "fail" | "info") =>
  goodLoad(0, 48_000).map((operation) =>
    operation.at >= from && operation.at < to && !neededLater(operation)
      ? { ...operation, type, value: null }
      : operation,
  );

/** What opens or closes a recording's wait: left whole, so that only requests break. */
function neededLater({ f, value }: MadeOperation): boolean {
  const status = (value as { status?: string }).status;
  return f === "finish" || f === "convert" || status === "COMPLETED" || status === "ENCODED";
}

describe("recovery from a fault", () => {
  it("is immediate when nothing broke", () => {
    expect(judge(goodLoad(0, 48_000))).to.deep.equal({ detectMs: null, rtoMs: 0, errors: 0 });
  });

  it("detects the first failure, and recovers when no window shows one", () => {
    const { detectMs, rtoMs, errors } = judge(brokenBetween(21_000, 24_000, "fail"));
    expect(detectMs).to.be.within(1_000, 1_300);
    expect(rtoMs).to.be.within(3_800, 4_100);
    expect(errors).to.be.greaterThan(20);
  });

  it("is not deceived by a pipeline that stalls while requests go well", () => {
    // Recordings converted between 20 and 26 s complete only at 28 s.
    const stalled = goodLoad(0, 48_000).flatMap((operation) => {
      const status = (operation.value as { status?: string }).status;
      const delayed =
        operation.f === "status" && status === "COMPLETED" && operation.at > 20_500 && operation.at < 28_000;
      if (!delayed) return [operation];
      const polls = { ...operation, value: { status: "PROCESSING" } };
      return [polls, { ...operation, at: 28_000 + operation.at / 1e4, end: 28_010 + operation.at / 1e4 }];
    });
    const { detectMs, rtoMs, errors } = judge(stalled);
    expect(errors).to.equal(0);
    expect(detectMs).to.be.within(500, 3_000);
    expect(rtoMs).to.be.within(7_900, 8_200); // when the last overdue one completed
  });

  it("detects slowness without an error", () => {
    const slow = goodLoad(0, 48_000).map((operation) =>
      operation.f === "status" && operation.at >= 22_000 && operation.at < 22_400
        ? { ...operation, end: operation.at + 400 }
        : operation,
    );
    const { detectMs } = judge(slow);
    expect(detectMs).to.be.within(2_250, 2_700);
  });

  it("is null when it never recovers, and while it is not yet proven", () => {
    expect(judge(brokenBetween(21_000, 60_000, "info")).rtoMs).to.equal(null);
    const early = made(goodLoad(0, 48_000), phaseAt).filter(({ time }) => time < 25_000e6);
    expect(recovery(early, INJECTED * 1e6, hypothesis).rtoMs).to.equal(null);
  });

  it("restarts its count when the system breaks again", () => {
    const twice = brokenBetween(21_000, 22_000, "fail").map((operation) =>
      operation.at >= 27_000 && operation.at < 28_000 && !neededLater(operation)
        ? { ...operation, type: "fail" as const, value: null }
        : operation,
    );
    expect(judge(twice).rtoMs).to.be.within(7_800, 8_100);
  });

  it("ends with the last request that failed, whenever that was", () => {
    const strict = steadyState({ completedWithin: "5s", availability: 1 });
    const length = fc.integer({ min: 300, max: 4_000 });
    fc.assert(
      fc.property(fc.integer({ min: INJECTED, max: 25_000 }), length, (from, ms) => {
        const events = made(brokenBetween(from, from + ms, "fail"), phaseAt);
        const failed = events.filter(({ type }) => type === "fail").map(({ time }) => time / 1e6);
        const { rtoMs, detectMs, errors } = recovery(events, INJECTED * 1e6, strict);
        expect(errors).to.equal(failed.length);
        expect(detectMs).to.equal((failed[0] ?? 0) - INJECTED);
        const lastMs = (failed.at(-1) ?? 0) - INJECTED;
        expect(rtoMs).to.be.within(lastMs, lastMs + 200);
      }),
      { numRuns: 8 },
    );
  });
});
