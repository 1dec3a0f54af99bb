import { expect } from "chai";
import type { CheckResult, Verdict } from "../checkers/verdict.ts";
import type { FaultRecord } from "../report/record.ts";
import { type Evidence, judge } from "./judge.ts";

const check = (verdict: Verdict): CheckResult => ({
  name: "transcription",
  verdict,
  reason: `it ${verdict}`,
  anomalies: [],
  counts: {},
});

const proven: FaultRecord = {
  id: "fault-1",
  fault: "kill",
  target: "leader of t[0]",
  nodes: ["kafka-2"],
  injectedAt: 1,
  provenAt: 2,
  healedAt: 3,
  healProvenAt: 4,
  links: [],
  escalations: [],
  rtoMs: 2_500,
};

function without(...keys: (keyof FaultRecord)[]): FaultRecord {
  return Object.fromEntries(
    Object.entries(proven).filter(([key]) => !keys.includes(key as keyof FaultRecord)),
  ) as unknown as FaultRecord;
}

const evidence = (changes: Partial<Evidence>): Evidence => ({
  checks: [check("passed")],
  thresholds: [],
  faults: [proven],
  whyNotInjected: undefined,
  nodes: [],
  ...changes,
});

describe("judging a run", () => {
  it("passes with what it rests on", () => {
    expect(judge(evidence({}))).to.deep.equal({
      verdict: "passed",
      reasons: [
        "transcription: it passed",
        "kill leader of t[0] (kafka-2): recovered 2.5 s after the injection",
      ],
    });
  });

  it("is inconclusive, never passed, when a fault was not proven", () => {
    const { verdict, reasons } = judge(
      evidence({ faults: [{ ...without("provenAt"), error: "it still answers" }] }),
    );
    expect(verdict).to.equal("inconclusive");
    expect(reasons).to.deep.equal([
      "kill leader of t[0] (kafka-2) was not proven to take effect: it still answers",
    ]);
  });

  it("is inconclusive when a fault did not strike, and says why", () => {
    const unsupported = {
      ...without("injectedAt", "provenAt"),
      nodes: [],
      error: "unsupported here: no cgroups",
    };
    expect(judge(evidence({ faults: [proven, unsupported] }))).to.deep.equal({
      verdict: "inconclusive",
      reasons: ["kill leader of t[0] did not strike: unsupported here: no cgroups"],
    });
  });

  it("is inconclusive when no fault was injected", () => {
    expect(judge(evidence({ faults: [], whyNotInjected: "not steady" })).verdict).to.equal("inconclusive");
  });

  it("is errored when a heal was not proven", () => {
    expect(judge(evidence({ faults: [without("healProvenAt")] })).verdict).to.equal("errored");
  });

  it("fails when the service did not recover", () => {
    expect(judge(evidence({ faults: [{ ...proven, rtoMs: null }] })).verdict).to.equal("failed");
  });

  it("fails on a failed check, even beside an inconclusive one, and names the failed one first", () => {
    const { verdict, reasons } = judge(evidence({ checks: [check("inconclusive"), check("failed")] }));
    expect(verdict).to.equal("failed");
    expect(reasons).to.deep.equal(["transcription: it failed", "transcription: it inconclusive"]);
  });

  it("fails on a threshold, with what was measured", () => {
    const threshold = {
      phase: "fault",
      metric: "http_req_failed",
      bound: "rate<0.05",
      actual: 0.25,
      verdict: "failed",
    } as const;
    expect(judge(evidence({ thresholds: [threshold] }))).to.deep.equal({
      verdict: "failed",
      reasons: ["threshold http_req_failed rate<0.05 in phase fault: measured 0.25"],
    });
  });

  it("fails when the service crashed by itself, and is errored when its surroundings did", () => {
    const crashed = (name: string, kind: string) =>
      judge(evidence({ nodes: [{ name, kind, unexpectedExit: "exited with code 1" }] })).verdict;
    expect(crashed("stt-1", "stt")).to.equal("failed");
    expect(crashed("kafka-1", "kafka")).to.equal("errored");
  });

  it("is inconclusive with no evidence at all, and says so", () => {
    const { verdict, reasons } = judge(evidence({ checks: [], faults: [] }));
    expect(verdict).to.equal("inconclusive");
    expect(reasons.join()).to.include("nothing was judged");
  });
});
