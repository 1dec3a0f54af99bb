import { expect } from "chai";
import fc from "fast-check";
import { availability, measureAvailability } from "./availability.ts";
import { type MadeOperation, made } from "./testing/made-history.ts";

const request = (at: number, type: "ok" | "fail" | "info", node = "stt-1"): MadeOperation => ({
  f: "status",
  key: "a",
  at,
  end: at + 10,
  type,
  node,
  phase: at < 1_000 ? "steady" : "fault",
  value: { status: "ENCODED" },
});
const history = made([
  request(0, "ok"),
  request(100, "ok", "stt-2"),
  request(1_000, "fail"),
  request(1_200, "info", "stt-2"),
  request(2_500, "ok"),
  request(2_600, "fail"),
  request(2_700, "ok", "stt-2"),
]);

describe("availability", () => {
  it("counts ok over invoked by phase and by node", () => {
    const { byPhase, byNode, total } = measureAvailability(history);
    expect([...byPhase]).to.deep.equal([
      ["steady", { invoked: 2, ok: 2 }],
      ["fault", { invoked: 5, ok: 2 }],
    ]);
    expect(byNode.get("stt-2")).to.deep.equal({ invoked: 3, ok: 2 });
    expect(total).to.deep.equal({ invoked: 7, ok: 4 });
  });

  it("finds the longest outage, from the first failing request to the next ok", () => {
    const { longestOutage } = measureAvailability(history);
    expect(longestOutage).to.include({ from: 1_000e6, to: 2_510e6 });
    expect(longestOutage?.witnesses).to.have.length(2);
    expect(measureAvailability(made([request(0, "ok")])).longestOutage).to.equal(undefined);
  });

  it("counts an outage that lasts to the end, and a request without completion", () => {
    const { longestOutage, total } = measureAvailability(
      made([
        request(0, "ok"),
        request(100, "fail"),
        request(900, "fail"),
        { f: "status", at: 950, key: "a" },
      ]),
    );
    expect(longestOutage).to.include({ from: 100e6, to: 910e6 });
    expect(total).to.deep.equal({ invoked: 4, ok: 1 });
  });

  it("judges bounds, as a checker", () => {
    const types = (options: Parameters<typeof availability>[0]) =>
      availability(options)
        .check(history)
        .anomalies.map(({ type }) => type);
    expect(availability().check(history).verdict).to.equal("passed");
    expect(types({ atLeast: 0.5, phases: ["fault"] })).to.deep.equal(["unavailable"]);
    expect(types({ atLeast: 0.4, phases: ["fault"] })).to.deep.equal([]);
    expect(types({ longestOutage: "1.5s" })).to.deep.equal(["long-outage"]);
    expect(types({ longestOutage: "2s" })).to.deep.equal([]);
    expect(availability({ atLeast: 0.1 }).check(history).verdict).to.equal("inconclusive"); // none in recovery
    expect(availability().check([]).verdict).to.equal("inconclusive");
    expect(availability().check(made([request(0, "info")])).verdict).to.equal("inconclusive");
  });

  it("passes any history within its bounds, and names the bound that one bad stretch breaks", () => {
    const bounds = { atLeast: 1, phases: ["steady", "fault"] as const, longestOutage: "0ms" };
    const sizes = fc.integer({ min: 3, max: 40 });
    fc.assert(
      fc.property(sizes, fc.nat(), fc.integer({ min: 1, max: 9 }), (count, pick, length) => {
        const good = Array.from({ length: count }, (_, n) => request(n * 50, "ok"));
        const last = good.length * 50;
        const all = [...good, request(Math.max(last, 1_000), "ok")];
        expect(availability(bounds).check(made(all)).verdict).to.equal("passed");

        const from = 1 + (pick % (count - 1));
        const broken = all.map((operation, n) =>
          n >= from && n < from + length
            ? { ...operation, type: pick % 2 ? ("fail" as const) : ("info" as const) }
            : operation,
        );
        const events = made(broken);
        const types = (options: Parameters<typeof availability>[0]) =>
          availability(options)
            .check(events)
            .anomalies.map(({ type }) => type);
        const [first, next] = [broken[from], broken.slice(from + length)[0]];
        const outage = (next?.end ?? broken.at(-1)?.end ?? 0) - (first?.at ?? 0);
        expect(types({ longestOutage: outage })).to.deep.equal([]);
        expect(types({ longestOutage: outage - 1 })).to.deep.equal(["long-outage"]);
        expect(types({ atLeast: 1, phases: [first?.phase ?? "drain"] })).to.deep.equal(["unavailable"]);
      }),
    );
  });
});
