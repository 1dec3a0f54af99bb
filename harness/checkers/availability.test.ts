import { expect } from "chai";
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
  });
});
