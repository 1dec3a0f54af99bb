import { readFileSync } from "node:fs";
import { expect } from "chai";
import { loadScenarios } from "../harness/run/load-scenarios.ts";
import { scenariosMarkdown } from "../harness/run/scenarios-markdown.ts";

describe("the scenarios", () => {
  it("each say what they promise, and what may be lost", async () => {
    const loaded = await loadScenarios(["scenarios"]);
    const silent = loaded.filter(({ file, scenario }) => !scenario.about && !/\/(e2e|security)\//.test(file));
    expect(silent.map(({ file }) => file)).to.deep.equal([]);
    const titles = loaded.map(({ scenario }) => scenario.title);
    expect(new Set(titles).size, "no title twice").to.equal(titles.length);
  });

  it("are described in docs/scenarios.md (./faultline list --markdown > docs/scenarios.md)", async () => {
    const described = readFileSync(new URL("../docs/scenarios.md", import.meta.url), "utf8");
    expect(described).to.equal(scenariosMarkdown(await loadScenarios(["scenarios"])));
  });
});
