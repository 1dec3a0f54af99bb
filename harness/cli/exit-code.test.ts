import { expect } from "chai";
import type { RunRecord, ThresholdResult } from "../report/record.ts";
import { fixtureRecord } from "../report/testing/fixture.ts";
import { failedByLoadAlone } from "./exit-code.ts";

const broken = (metric: string): ThresholdResult => ({
  ...{ phase: "steady", metric, bound: "p(95)<300", actual: 400, verdict: "failed" },
});

/** A run that came through its fault, and failed by these thresholds. */
function failedBy(...thresholds: ThresholdResult[]): RunRecord {
  return { ...fixtureRecord("passed", []), verdict: "failed", thresholds };
}

describe("a run that failed by its load alone", () => {
  it("broke thresholds on what k6 measured, and nothing else", () => {
    expect(failedByLoadAlone(failedBy(broken("k6.http_req_duration")))).to.equal(true);
    expect(failedByLoadAlone(failedBy(broken("k6.http_req_duration"), broken("http_req_failed")))).to.equal(
      false,
    );
  });

  it("lost nothing, recovered, and no instance crashed", () => {
    const bad = failedBy(broken("k6.stt_failed"));
    expect(failedByLoadAlone({ ...bad, checks: fixtureRecord("failed", []).checks })).to.equal(false);
    expect(
      failedByLoadAlone({ ...bad, faults: bad.faults.map((one) => ({ ...one, rtoMs: null })) }),
    ).to.equal(false);
    const nodes = bad.topology.nodes.map((node) => ({ ...node, unexpectedExit: "ended with 1" }));
    expect(failedByLoadAlone({ ...bad, topology: { ...bad.topology, nodes } })).to.equal(false);
  });

  it("is a run that failed", () => {
    expect(failedByLoadAlone({ ...failedBy(), verdict: "passed" })).to.equal(false);
    expect(failedByLoadAlone({ ...failedBy(broken("k6.vus")), verdict: "errored" })).to.equal(false);
  });
});
