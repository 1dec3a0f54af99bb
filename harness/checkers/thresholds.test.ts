import { expect } from "chai";
import type { Phase } from "../history/event.ts";
import { UsageError } from "../util/errors.ts";
import { goodLoad, type MadeOperation, made } from "./testing/made-history.ts";
import { checkThresholds, parseThresholds, type Thresholds } from "./thresholds.ts";

const phaseAt = (ms: number): Phase => (ms < 10_000 ? "steady" : "fault");
const judge = (thresholds: Thresholds, extra: MadeOperation[] = [], rtoMs: (number | null)[] = []) =>
  checkThresholds(made([...goodLoad(0, 8_000), ...extra], phaseAt), parseThresholds(thresholds), {
    samples: [],
    rtoMs,
  });
const one = (metric: string, bound: string, ...rest: [MadeOperation[]?, (number | null)[]?]) =>
  judge({ steady: { [metric]: bound } }, ...rest)[0];
const status = (at: number, ms: number, more: Partial<MadeOperation> = {}): MadeOperation => {
  return { f: "status", key: "x", at, end: at + ms, value: { status: "RECORDING" }, ...more };
};

describe("thresholds", () => {
  it("judge a bound and give the measured value in the bound's unit", () => {
    expect(one("stt_status_duration", "p(95)<300")).to.deep.equal({
      phase: "steady",
      metric: "stt_status_duration",
      bound: "p(95)<300",
      actual: 5,
      verdict: "passed",
    });
    expect(one("stt_chunk_duration", "avg<4ms")).to.include({ actual: 5, verdict: "failed" });
    expect(one("stt_start_duration", "max <= 0.005s")).to.include({ actual: 0.005, verdict: "passed" });
    expect(one("stt_start_duration", "count>39")).to.include({ actual: 40, verdict: "passed" });
    expect(one("stt_completion_duration", "med<10s")).to.include({ actual: 3.005, verdict: "passed" });
  });

  it("count what the user waited, and leave failed requests to their own metric", () => {
    const retried = status(5_000, 10, { intended: 2_000 });
    expect(one("stt_status_duration", "max<1s", [retried])).to.include({ actual: 3.01, verdict: "failed" });
    const failed = status(5_000, 4_000, { type: "info" });
    expect(one("stt_status_duration", "max<1s", [failed])).to.include({ verdict: "passed" });
    expect(one("http_req_failed", "rate==0", [failed])?.verdict).to.equal("failed");
    expect(one("http_req_failed", "rate<0.05", [failed])?.verdict).to.equal("passed");
  });

  it("belong to the phase of the invoke", () => {
    const across = status(9_990, 2_000);
    expect(judge({ fault: { stt_status_duration: "max<100" } }, [across, status(10_500, 7)])[0]).to.include({
      verdict: "passed",
    });
    expect(one("stt_status_duration", "max<100", [across])).to.include({ actual: 2_000, verdict: "failed" });
  });

  it("are inconclusive without a sample", () => {
    expect(judge({ recovery: { stt_status_duration: "p(95)<300" } })[0]).to.deep.equal({
      phase: "recovery",
      metric: "stt_status_duration",
      bound: "p(95)<300",
      verdict: "inconclusive",
    });
    expect(judge({ recovery: { rto: "<10s" } })[0]?.verdict).to.equal("inconclusive");
  });

  it("bound the worst RTO; one that never ended fails", () => {
    expect(one("rto", "<10s", [], [4_000, 9_500])).to.include({ actual: 9.5, verdict: "passed" });
    expect(one("rto", "<10s", [], [4_000, 12_000])?.verdict).to.equal("failed");
    expect(one("rto", "<10s", [], [4_000, null])).to.deep.equal({
      phase: "steady",
      metric: "rto",
      bound: "<10s",
      verdict: "failed",
    });
  });

  it("bound any kind of operation: a no is an answer, and counts as a refusal", () => {
    const ask = (at: number, type: "ok" | "fail", error: string) => ({
      ...{ at, error, event: { f: "acquire", at, end: at + at / 10, type, key: "L" } as const },
    });
    const asked = [ask(100, "ok", ""), ask(200, "fail", "busy"), ask(300, "fail", "refused")];
    const events = made(
      asked.map(({ event }) => event),
      phaseAt,
    ).map((event) => {
      const made = asked.find(({ at }) => event.time === (at + at / 10) * 1e6);
      return event.type === "fail" && made ? { ...event, error: made.error } : event;
    });
    const of = (metric: string, bound: string) =>
      checkThresholds(events, parseThresholds({ steady: { [metric]: bound } }), {
        samples: [],
        rtoMs: [],
      })[0];
    expect(of("acquire_duration", "max<25")).to.include({ actual: 20, verdict: "passed" });
    expect(of("acquire_duration", "count==2")?.verdict).to.equal("passed");
    expect(of("acquire_failed", "rate<0.5")?.verdict).to.equal("passed");
    expect(of("acquire_failed", "count==3")?.verdict).to.equal("passed");
    expect(of("acquire_failed", "rate<0.3")?.verdict).to.equal("failed");
    expect(of("acquire_refused", "rate<0.3")?.verdict).to.equal("failed");
    expect(of("release_duration", "max<25")?.verdict).to.equal("inconclusive");
    expect(() => parseThresholds({ steady: { juggle_duration: "max<1" } })).to.throw(
      UsageError,
      "juggle_duration",
    );
  });

  it("measure the way of a record from when it was wanted to its first poll", () => {
    const send = (at: number, value: unknown, intended = at) => ({
      ...{
        f: "send",
        at,
        end: at + 1,
        invokeValue: value,
        intended,
        value: { key: "t-0", offset: at, value },
      },
    });
    const poll = (end: number, ...values: unknown[]) => ({
      ...{ f: "poll", at: 0, end, value: { "t-0": values.map((value, n) => [n, value]), rebalance: true } },
    });
    const key = { key: "k", seq: 2 };
    const way = [send(10, 1), send(20, key, 5), send(30, 3), poll(40, 1), poll(55, 1, { seq: 2, key: "k" })];
    expect(one("delivery_duration", "min<1s", way)).to.include({ actual: 0.03, verdict: "passed" });
    expect(one("delivery_duration", "count==2", way)?.verdict).to.equal("passed");
    expect(one("delivery_duration", "max<=50", [send(20, key, 5), poll(55, key)])?.actual).to.equal(50);
  });

  it("take several bounds on one metric", () => {
    const results = judge({ steady: { stt_status_duration: ["p(95)<300", "p(99.9)<1s"] } });
    expect(results.map(({ bound }) => bound)).to.deep.equal(["p(95)<300", "p(99.9)<1s"]);
  });

  it("refuse what they do not understand, naming it", () => {
    const refused = (thresholds: object, ...named: string[]) => {
      let error: unknown;
      try {
        parseThresholds(thresholds as Thresholds);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).to.be.instanceOf(UsageError);
      for (const name of named) expect((error as UsageError).message).to.include(name);
    };
    refused({ stedy: { rto: "<1s" } }, "stedy");
    refused({ steady: { latency: "p(95)<1" } }, "latency");
    refused({ steady: { toString: "p(95)<1" } }, "toString");
    for (const bound of [
      "p(95)",
      "p95<300",
      "<300",
      "p(101)<1",
      "p(1.2.3)<1",
      "avg<fast",
      "rate<0.1",
      "avg<1d",
      "",
      "p()<1",
    ]) {
      refused({ steady: { stt_status_duration: bound } }, JSON.stringify(bound), "stt_status_duration");
    }
    refused({ steady: { http_req_failed: "rate<5s" } }, "rate<5s");
    refused({ steady: { rto: "p(95)<10s" } }, "p(95)<10s");
  });
});
