import { expect } from "chai";
import type { Phase } from "../history/event.ts";
import type { Sample } from "../report/record.ts";
import { UsageError } from "../util/errors.ts";
import { ownThresholdMetric } from "./k6-thresholds.ts";
import { type MadeSecond, madeSecond, usersIn } from "./testing/made-k6.ts";
import { checkThresholds, parseThresholds } from "./thresholds.ts";

const judge = (samples: readonly Sample[], metric: string, bound: string, phase: Phase = "steady") =>
  checkThresholds([], parseThresholds({ [phase]: { [metric]: bound } }), { samples, rtoMs: [] })[0];

/** A metric with the same values in each second. */
const every = (
  from: number,
  to: number,
  values: readonly number[],
  more: Partial<MadeSecond> = {},
): Sample[] =>
  Array.from({ length: to - from }, (_, index) =>
    madeSecond({
      ...{ second: from + index, phase: "steady", metric: "stt_status_duration", type: "trend", values },
      ...more,
    }),
  );

describe("thresholds on metrics of k6", () => {
  const tenCalls = (ms: number) => new Array<number>(10).fill(ms);

  describe("with bad last ten seconds that the whole phase hides", () => {
    const load = [
      ...usersIn("steady", 0, 300),
      ...every(0, 290, tenCalls(20)),
      ...every(290, 300, tenCalls(900)),
    ];

    it("hold over the phase", () => {
      expect(judge(load, "k6.stt_status_duration", "p(95)<300")).to.deep.equal({
        phase: "steady",
        metric: "k6.stt_status_duration",
        bound: "p(95)<300",
        actual: 20,
        verdict: "passed",
      });
      expect(judge(load, "k6.stt_status_duration", "avg<100")?.verdict).to.equal("passed");
    });

    it("fail within windows, and name the worst", () => {
      const result = judge(load, "k6.stt_status_duration", "avg<300 within 10s");
      expect(result).to.deep.include({ verdict: "failed", bound: "avg<300 within 10s" });
      expect(result?.worst).to.deep.equal({ from: 290e9, to: 300e9 });
      expect(result?.actual).to.equal(900);
      expect(judge(load, "k6.stt_status_duration", "p(95)<1s within 10s")).to.include({
        verdict: "passed",
        actual: 0.9,
      });
    });
  });

  it("find a bad window that no fixed grid of windows has", () => {
    const load = [
      ...usersIn("steady", 0, 40),
      ...every(0, 15, tenCalls(0), { metric: "stt_failed", type: "rate" }),
      ...every(15, 25, tenCalls(1), { metric: "stt_failed", type: "rate" }),
      ...every(25, 40, tenCalls(0), { metric: "stt_failed", type: "rate" }),
    ];
    const result = judge(load, "k6.stt_failed", "rate<0.9 within 10s");
    expect(result).to.deep.include({ verdict: "failed", actual: 1, worst: { from: 15e9, to: 25e9 } });
    expect(judge(load, "k6.stt_failed", "rate<0.3")?.verdict).to.equal("passed");
  });

  it("name the route of requests that was worst in the worst window", () => {
    const http = { metric: "http_req_duration" };
    const load = [
      ...usersIn("steady", 0, 30),
      ...every(0, 30, tenCalls(10), { ...http, route: "status" }),
      ...every(0, 12, tenCalls(20), { ...http, route: "chunk" }),
      ...every(12, 30, [700, 800], { ...http, route: "chunk" }),
    ];
    const result = judge(load, "k6.http_req_duration", "p(95)<300 within 5s");
    expect(result?.worst).to.include({ route: "chunk" });
    expect(result?.worst?.from).to.be.at.least(8e9);
    const ofRoute = (route: string) => judge(load, `k6.http_req_duration{name:${route}}`, "max<300")?.verdict;
    expect([ofRoute("status"), ofRoute("chunk"), ofRoute("start")]).to.deep.equal([
      "passed",
      "failed",
      "inconclusive",
    ]);
  });

  it("judge a phase by what is of it, also in the second in which it changes", () => {
    const load = [
      ...usersIn("steady", 0, 11),
      ...usersIn("fault", 10, 20),
      ...every(0, 11, [20]),
      ...every(10, 20, [2_000], { phase: "fault" }),
    ];
    const verdict = (phase: Phase) => judge(load, "k6.stt_status_duration", "max<300 within 5s", phase);
    expect(verdict("steady")?.verdict).to.equal("passed");
    expect(verdict("fault")).to.deep.include({ verdict: "failed", worst: { from: 10e9, to: 15e9 } });
    expect(verdict("recovery")?.verdict, "there was none").to.equal("inconclusive");
  });

  it("take a phase that is shorter than its windows for one", () => {
    const load = [...usersIn("fault", 5, 8), ...every(5, 8, [40], { phase: "fault" })];
    expect(judge(load, "k6.stt_status_duration", "p(95)<30 within 10s", "fault")).to.deep.include({
      verdict: "failed",
      worst: { from: 5e9, to: 8e9 },
    });
  });

  it("know that no dropped iteration is none, and that an unknown counter is unknown", () => {
    const calm = usersIn("steady", 0, 20);
    const dropped = (at: number, count: number) =>
      every(at, at + 1, [count], { metric: "dropped_iterations", type: "counter" });
    expect(judge(calm, "k6.dropped_iterations", "count<=3")).to.include({ actual: 0, verdict: "passed" });
    expect(
      judge([...calm, ...dropped(4, 2), ...dropped(15, 2)], "k6.dropped_iterations", "count<=3"),
    ).to.include({ actual: 4, verdict: "failed" });
    expect(
      judge([...calm, ...dropped(4, 2), ...dropped(15, 2)], "k6.dropped_iterations", "count<=3 within 10s"),
    ).to.include({ actual: 2, verdict: "passed" });
    expect(judge(calm, "k6.kafka_received", "count<=3")?.verdict).to.equal("inconclusive");
    expect(judge([], "k6.dropped_iterations", "count<=3")?.verdict, "k6 did not run").to.equal(
      "inconclusive",
    );
  });

  it("take a route that nobody has asked for a misspelt one, and not for none", () => {
    const load = [
      ...usersIn("steady", 0, 10),
      ...every(0, 5, [1], { metric: "http_reqs", type: "counter", route: "chunk" }),
    ];
    expect(judge(load, "k6.http_reqs{name:chunk}", "count<=10")).to.include({ actual: 5, verdict: "passed" });
    expect(judge(load, "k6.http_reqs{name:chunks}", "count<=10")?.verdict).to.equal("inconclusive");
  });

  it("count none in windows in which nothing is, of what is counted at other times", () => {
    const load = [
      ...usersIn("steady", 0, 40),
      ...every(0, 20, [1], { metric: "ws_reconnects", type: "counter" }),
      ...every(0, 20, [5, 6]),
    ];
    for (const bound of ["count>0 within 10s", "rate>=0.5 within 10s"])
      expect(judge(load, "k6.ws_reconnects", bound), bound).to.deep.include({
        ...{ verdict: "failed", actual: 0, worst: { from: 20e9, to: 30e9 } },
      });
    expect(judge(load, "k6.stt_status_duration", "count>=1 within 10s")).to.include({ verdict: "failed" });
    expect(judge(load, "k6.stt_status_duration", "p(95)<300 within 10s")?.verdict).to.equal("passed");
  });

  it("measure gauges in the unit of their bound", () => {
    const load = [...usersIn("steady", 0, 4), ...every(0, 4, [9_000], { metric: "oldest", type: "gauge" })];
    expect(judge(load, "k6.oldest", "max<8s")).to.include({ actual: 9, verdict: "failed" });
    expect(judge(load, "k6.oldest", "value<10s")).to.include({ actual: 9, verdict: "passed" });
  });

  it("measure rates of counters by the second, and gauges by their last value", () => {
    const load = [
      ...usersIn("steady", 0, 10),
      ...every(0, 10, [3], { metric: "iterations", type: "counter" }),
      ...every(0, 10, [4, 7], { metric: "offered_rate", type: "gauge" }),
    ];
    expect(judge(load, "k6.iterations", "rate>=3")).to.include({ actual: 3, verdict: "passed" });
    expect(judge(load, "k6.offered_rate", "value>=8")).to.include({ actual: 7, verdict: "failed" });
    expect(judge(load, "k6.offered_rate", "p(95)>1")?.verdict, "a gauge has none").to.equal("inconclusive");
  });

  it("of the script itself are as k6 judged them", () => {
    const own = (bound: string, value: number): Sample => ({
      ...{ time: 1, metric: ownThresholdMetric, value },
      labels: { metric: "stt_failed", bound, actual: "0.5" },
    });
    const results = checkThresholds([], [], { samples: [own("rate<0.05", 0), own("rate<1", 1)], rtoMs: [] });
    expect(results.map(({ phase, bound, actual, verdict }) => [phase, bound, actual, verdict])).to.deep.equal(
      [
        ["run", "rate<0.05", 0.5, "failed"],
        ["run", "rate<1", 0.5, "passed"],
      ],
    );
  });

  it("say what is wrong with one that cannot be read", () => {
    for (const [metric, bound] of [
      ["k6.http_req_duration", "p(95)<300 within soon"],
      ["k6.http_req_duration", "p(95)<300 within 500ms"],
      ["k6.http_req_duration", "p(101)<300"],
      ["k6.http_req_duration", "most<300"],
      ["k6.http_req_duration{status:200}", "p(95)<300"],
      ["k6.", "p(95)<300"],
    ] as const)
      expect(() => parseThresholds({ steady: { [metric]: bound } }), `${metric} ${bound}`).to.throw(
        UsageError,
      );
  });
});
