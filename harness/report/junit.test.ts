import { expect } from "chai";
import { junitXml } from "./junit.ts";
import type { RunRecord } from "./record.ts";
import { fixtureRecord } from "./testing/fixture.ts";

const passed = fixtureRecord("passed", []);
const thresholds = passed.thresholds.filter(({ verdict }) => verdict === "passed");

describe("junit.xml", () => {
  it("has a case for the verdict, each check, each threshold, and two a fault; none red when all passed", () => {
    const xml = junitXml({ ...passed, thresholds });
    expect(xml).to.include('tests="8" failures="0" errors="0" skipped="0"');
    expect(xml).to.include('name="kill-1: kill leader of stt-processing-topic[0] was proven"');
    expect(xml).to.include('name="steady: stt_status_duration p(95)&lt;300"');
  });

  it("makes failed a failure with its witnesses", () => {
    const xml = junitXml({ ...fixtureRecord("failed", []), thresholds });
    expect(xml).to.include('failures="2" errors="0"');
    expect(xml).to.include("lost-chunk: chunk 1 was acknowledged and is not in the WAV");
  });

  for (const verdict of ["inconclusive", "errored"] as const) {
    it(`never shows an ${verdict} run green`, () => {
      const empty: RunRecord = {
        ...passed,
        verdict,
        reasons: ["no"],
        checks: [],
        thresholds: [],
        faults: [],
      };
      const xml = junitXml(empty);
      expect(xml).to.include('errors="1"');
      expect(xml).to.include(`type="${verdict}"`);
    });
  }

  it("makes a fault that was not proven or not healed an error", () => {
    const [fault] = passed.faults;
    if (fault === undefined) throw new Error("the fixture has a fault");
    const { provenAt: _, healProvenAt: __, ...unproven } = fault;
    expect(junitXml({ ...passed, thresholds, faults: [unproven] })).to.include('errors="2"');
  });

  it("stays well-formed whatever a node wrote into an error", () => {
    const reason = "\u0000\u001b[31m ]]> <x> & \ud800";
    const checks = [{ name: "a", verdict: "failed", reason, anomalies: [], counts: {} }] as const;
    const xml = junitXml({ ...passed, checks });
    expect(xml).to.include('message="\ufffd\ufffd[31m ]]> &lt;x> &amp; \ufffd"');
    expect(xml).to.include("<![CDATA[\ufffd\ufffd[31m ]]]]><![CDATA[> <x> & \ufffd]]>");
  });
});
