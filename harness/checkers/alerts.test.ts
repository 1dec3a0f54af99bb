import { expect } from "chai";
import type { Sample } from "../report/record.ts";
import { alerts } from "./alerts.ts";

const ns = (second: number): number => second * 1e9;

/** Looks at an alert, each second of a stretch of them. */
const looks = (from: number, to: number, value: number, alert = "NoProgress"): Sample[] =>
  Array.from({ length: to - from }, (_, index) => ({
    ...{ time: ns(from + index), metric: "alert_state", labels: { alert }, value },
  }));
const quiet = (from: number, to: number) => looks(from, to, 0);
const pending = (from: number, to: number) => looks(from, to, 1);
const firing = (from: number, to: number) => looks(from, to, 2);

const fault = (id: string, from: number, to?: number): Sample[] => {
  const labels = { id, kind: "kill", target: "all kafka" };
  const active = (time: number, value: number) => ({ time: ns(time), metric: "fault_active", labels, value });
  return [active(from, 1), ...(to === undefined ? [] : [active(to, 0)])];
};

const check = (...samples: readonly (readonly Sample[])[]) =>
  alerts({ fires: "NoProgress", within: "20s", clears: "30s" }).checkSamples(samples.flat());

describe("the alerts checker", () => {
  const struck = fault("fault-1", 10, 35);

  it("passes an alert that is quiet, fires within its bound, and clears within its bound", () => {
    const result = check(quiet(0, 20), pending(20, 25), firing(25, 45), quiet(45, 80), struck);
    expect(result.verdict, result.reason).to.equal("passed");
    expect(result.counts).to.include({ "fired after (ms)": 15_000, "cleared after (ms)": 10_000 });
    expect(result.reason).to.include("fired 15.0 s after the fault");
  });

  it("looks at no other alert", () => {
    const result = check(quiet(0, 80), looks(20, 40, 2, "ConsumerLag"), struck);
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["not-fired"]);
  });

  it("fails one that stays pending", () => {
    const result = check(quiet(0, 20), pending(20, 40), quiet(40, 80), struck);
    expect(result.verdict).to.equal("failed");
    expect(result.reason).to.include("never fired while the fault lasted, 25.0 s");
  });

  it("fails one that fires too late", () => {
    const result = check(quiet(0, 32), firing(32, 40), quiet(40, 80), struck);
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["fired-late"]);
    expect(result.reason).to.include("fired 22.0 s after the fault; the bound is 20.0 s");
  });

  it("fails one that fires before anything is broken", () => {
    const result = check(quiet(0, 5), firing(5, 6), quiet(6, 20), firing(20, 45), quiet(45, 80), struck);
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["fired-early"]);
  });

  it("minds no alarm while the service was still starting", () => {
    const late = fault("fault-1", 40, 65);
    const result = check(firing(0, 15), quiet(15, 50), firing(50, 66), quiet(66, 100), late);
    expect(result.verdict, result.reason).to.equal("passed");
  });

  it("fails one that clears late, never, or not for good", () => {
    const fired = [quiet(0, 20), firing(20, 36)];
    const typesOf = (...after: readonly Sample[][]) =>
      check(...fired, ...after, struck).anomalies.map(({ type }) => type);
    expect(typesOf(firing(36, 70), quiet(70, 80))).to.deep.equal(["cleared-late"]);
    expect(typesOf(firing(36, 80))).to.deep.equal(["not-cleared"]);
    expect(typesOf(quiet(36, 50), firing(50, 51), quiet(51, 80))).to.deep.equal(["fired-again"]);
  });

  it("holds nothing against one after the heal that had not fired by then", () => {
    const short = fault("fault-1", 10, 25);
    const late = check(quiet(0, 27), firing(27, 32), quiet(32, 80), short);
    expect(late.verdict, late.reason).to.equal("inconclusive");
    expect(late.anomalies).to.deep.equal([]);
    const never = check(quiet(0, 80), struck);
    expect(never.anomalies.map(({ type }) => type)).to.deep.equal(["not-fired"]);
    expect(never.counts).not.to.have.property("cleared after (ms)");
  });

  it("has one clear that was first seen to fire right after the heal", () => {
    const result = check(quiet(0, 20), firing(36, 80), struck);
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["not-cleared"]);
  });

  it("counts from the first injection to the last heal", () => {
    const result = check(
      quiet(0, 25),
      firing(25, 60),
      quiet(60, 80),
      fault("fault-1", 10, 20),
      fault("fault-2", 15, 40),
    );
    expect(result.verdict, result.reason).to.equal("passed");
    expect(result.counts).to.include({ "fired after (ms)": 15_000, "cleared after (ms)": 20_000 });
  });

  it("decides nothing about what nobody looked at", () => {
    const reasonOf = (...samples: readonly (readonly Sample[])[]) => {
      const { verdict, reason } = check(...samples);
      expect(verdict, reason).to.equal("inconclusive");
      return reason;
    };
    expect(reasonOf(struck)).to.include("NoProgress was never looked at");
    expect(reasonOf(quiet(0, 80))).to.include("no fault was injected");
    expect(reasonOf(quiet(0, 20), firing(20, 30), fault("fault-1", 10))).to.include("a fault was not healed");
    // Prometheus did not answer when the bound was over: whether the alert fired then, nobody knows.
    expect(reasonOf(quiet(0, 20), firing(33, 40), quiet(40, 80), struck)).to.include("not looked at");
    expect(reasonOf(quiet(0, 20), firing(20, 45), struck)).to.include("in which it is to clear");
    expect(reasonOf(firing(12, 45), quiet(45, 80), struck)).to.include("before the fault");
    expect(reasonOf(quiet(0, 80), fault("fault-1", 10, 25))).to.include("lasted for 15.0 s, less than");
  });
});
