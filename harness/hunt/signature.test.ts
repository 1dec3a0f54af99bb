import { expect } from "chai";
import type { CheckResult } from "../checkers/verdict.ts";
import { fixtureRecord } from "../report/testing/fixture.ts";
import { signaturesOf } from "./signature.ts";

const check = (name: string, ...types: string[]): CheckResult => ({
  ...{ name, verdict: "failed", reason: "it found something", counts: {} },
  anomalies: types.map((type) => ({ type, message: `${type} of one recording`, witnesses: [] })),
});

const [fault] = fixtureRecord("failed", []).faults;
if (fault === undefined) throw new Error("the fixture has a fault");
const failed = {
  ...fixtureRecord("failed", []),
  verdict: "failed",
  checks: [],
  thresholds: [],
  faults: [],
} as const;

describe("signatures of a failure", () => {
  it("are what was wrong, once each, without its particulars", () => {
    const checks = [
      check("transcription", "lost-recording", "lost-recording", "stuck-recording"),
      check("mutex"),
    ];
    expect(signaturesOf({ ...failed, checks })).to.deep.equal([
      "transcription: lost-recording",
      "transcription: stuck-recording",
      "mutex: failed",
    ]);
  });

  it("have an instance that ended, a service that did not recover, a threshold", () => {
    const nodes = [{ name: "stt-1", kind: "stt", address: "", unexpectedExit: "was killed by SIGABRT" }];
    const threshold = {
      phase: "fault",
      metric: "http_req_failed",
      bound: "rate<0.1",
      verdict: "failed",
    } as const;
    const all = { ...failed, topology: { ...failed.topology, nodes }, thresholds: [threshold] };
    expect(signaturesOf({ ...all, faults: [{ ...fault, rtoMs: null }] })).to.deep.equal([
      "stt: ended though nobody asked it to",
      "recovery: not recovered",
      "threshold: http_req_failed rate<0.1 in phase fault",
    ]);
  });

  it("are none where the run says nothing about the service", () => {
    const checks = [check("transcription", "lost-recording")];
    expect(signaturesOf({ ...failed, checks, endedBy: "no room" })).to.deep.equal([]);
    for (const verdict of ["errored", "inconclusive", "passed"] as const)
      expect(signaturesOf({ ...failed, checks, verdict })).to.deep.equal([]);
  });
});
