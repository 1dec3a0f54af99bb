import { expect } from "chai";
import { markdownSummary } from "./markdown.ts";
import { fixtureRecord } from "./testing/fixture.ts";

describe("summary.md", () => {
  it("leads with the verdict and holds faults, thresholds, checks and the command", () => {
    const text = markdownSummary(
      fixtureRecord("failed", []),
      [{ label: "RTO", value: "3.4 s", note: "", tone: "plain" }],
      ["a notice"],
    );
    expect(text.split("\n")[0]).to.equal(
      "## ✕ failed: killing a partition leader loses no accepted transcription",
    );
    expect(text).to.include("- a notice");
    expect(text).to.include("| RTO |\n| --- |\n| 3.4 s |");
    expect(text).to.include(
      "| kill | kafka-2 (leader of stt-processing-topic\\[0\\]) | ✓ yes | 2.3 s | 3.4 s |",
    );
    expect(text).to.include(
      "| ? inconclusive | recovery | stt\\_completion\\_duration | p(95)&lt;9000 | no sample |",
    );
    expect(text).to.include("  - lost-chunk: chunk 1 was acknowledged");
    expect(text).to.include("./faultline run scenarios/ha/leader-crash.scenario.ts --seed 4711");
  });

  it("lets no text of a node take effect as Markdown or HTML", () => {
    const record = { ...fixtureRecord("passed", []), reasons: ["a|b <img src=x> `c`\n# d [e](f) @all"] };
    expect(markdownSummary(record, [], [])).to.include(
      "- a\\|b &lt;img src=x> \\`c\\` \\# d \\[e\\](f) &#64;all",
    );
  });
});
