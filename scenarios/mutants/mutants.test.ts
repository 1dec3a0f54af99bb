import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect } from "chai";
import { loadScenarios } from "../../harness/run/load-scenarios.ts";

const folder = import.meta.dirname;

/** What says "failed" besides the checkers. */
const others = ["threshold", "recovery"];

describe("the mutants", () => {
  it("each declare one mistake, and who of its scenario's checkers has to find it", async () => {
    const mutants = await loadScenarios([folder]);
    expect(mutants.length).to.be.at.least(13);
    for (const { file, scenario } of mutants) {
      const { mutant, checks } = scenario;
      if (mutant === undefined) throw new Error(`${file} does not say that it is a mutant`);
      expect(mutant.mistake, file).to.match(/^[A-Z].*\.$/);
      expect([...checks.map(({ name }) => name), ...others], file).to.include(mutant.caughtBy);
    }
    const mistakes = mutants.map(({ scenario }) => scenario.mutant?.mistake);
    expect(new Set(mistakes).size).to.equal(mistakes.length);
  });

  it("are set up in a way that differs from the scenario of the correct service", async () => {
    const correct = new Map((await loadScenarios([])).map(({ scenario }) => [scenario.title, scenario]));
    for (const { file, scenario } of await loadScenarios([folder])) {
      const same = correct.get(scenario.title);
      if (same) expect(scenario.topology.key, file).not.to.equal(same.topology.key);
    }
  });

  it("name entry files that are there", async () => {
    for (const file of await readdir(folder)) {
      if (!file.endsWith(".scenario.ts")) continue;
      const { scenario } = (await loadScenarios([join(folder, file)]))[0] ?? {};
      const { entry } = JSON.parse(scenario?.topology.key ?? "{}") as { entry?: string };
      if (entry !== undefined) expect(existsSync(entry), `${basename(entry)} of ${file}`).to.equal(true);
    }
  });
});
