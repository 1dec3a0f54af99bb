import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describePlan } from "../../harness/faults/schedule.ts";
import { loadScenarios } from "../../harness/run/load-scenarios.ts";
import { logClients } from "../../harness/workload/kafka/log-clients.ts";

describe("the scenarios of client libraries", () => {
  it("each try every client by the same faults, under a title of its own", async () => {
    const loaded = await loadScenarios([import.meta.dirname]);
    const byFile = Map.groupBy(loaded, ({ file }) => file.replace(/#.*/, ""));
    expect(byFile.size).to.equal(7);
    for (const [file, scenarios] of byFile) {
      const names = scenarios.map(({ file: name }) => name.slice(file.length + 1));
      expect(names.sort(), file).to.deep.equal([...logClients].sort());
      for (const { file: name, scenario } of scenarios) {
        const client = name.slice(file.length + 1);
        const how = client === "platformatic" ? "acks all, idempotent" : `the client ${client}`;
        expect(scenario.workload.description, name).to.contain(how);
        expect(scenario.workload.source, name).not.to.equal(undefined);
      }
      const faults = scenarios.map(({ scenario }) => scenario.faults.flatMap(describePlan).join("; "));
      expect(new Set(faults).size, file).to.equal(1);
    }
    expect(new Set(loaded.map(({ scenario }) => scenario.title)).size).to.equal(loaded.length);
  });

  it("have a page with a place for their table", () => {
    const page = readFileSync(new URL("../../docs/findings/kafka-clients.md", import.meta.url), "utf8");
    expect(page).to.match(/<!-- clients: begin -->.*<!-- clients: end -->/s);
  });
});
