import { expect } from "chai";
import type { FaultRecord } from "../record.ts";
import { faultsSection } from "./faults.ts";

const cut: FaultRecord = {
  ...{ id: "fault-1", fault: "cut", target: "links to stt-1", nodes: [], escalations: [] },
  links: ["load -> stt-1", "harness -> stt-1"],
  injectedAt: 1e9,
};

describe("the report's rows of faults", () => {
  it("name the links where no node was struck", () => {
    expect(String(faultsSection([cut]))).to.contain("<b>load -&gt; stt-1, harness -&gt; stt-1</b>");
  });

  it("name the first of many, and how many more", () => {
    const links = Array.from({ length: 20 }, (_, index) => `load -> stt-${index + 1}`);
    expect(String(faultsSection([{ ...cut, links }]))).to.contain("stt-6 and 14 more</b>");
  });

  it("say that a fault did not strike, and why", () => {
    const { injectedAt, ...planned } = cut;
    const text = String(faultsSection([{ ...planned, links: [], error: "unsupported here: no cgroups" }]));
    expect(text).to.contain("✕ did not strike").and.to.contain("unsupported here: no cgroups");
  });
});
