import { expect } from "chai";
import { interruptSignal } from "../harness/cli/interrupt.ts";
import { loadScenarios } from "../harness/run/load-scenarios.ts";
import { runScenario } from "../harness/run/runner.ts";
import { familyOf, nameOf } from "../harness/run/scenario-name.ts";
import { type PlannedRun, planRuns, selectScenarios } from "../harness/run/suite-select.ts";
import { TopologyPool } from "../harness/run/topology-pool.ts";

/**
 * Every scenario of the default suite as a mocha test, in the order of `faultline run`, on a shared topology:
 * `npm run test:scenarios -- -g leader`.
 */
const selected = selectScenarios(await loadScenarios([]), { suite: "default" });
const seed = Number(process.env.FAULTLINE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const runs = planRuns(selected, { seed, repeatEach: 1 });

let signal: AbortSignal;
let pool: TopologyPool;
before(() => {
  signal = interruptSignal(); // here, since mocha takes off the listeners that were there before it began
  pool = new TopologyPool({ signal });
});
after(() => pool?.[Symbol.asyncDispose]());

/** Runs of one family that come one after another. */
const sections: { family: string; runs: PlannedRun[] }[] = [];
for (const run of runs) {
  const family = familyOf(run.file);
  const last = sections.at(-1);
  if (last?.family === family) last.runs.push(run);
  else sections.push({ family, runs: [run] });
}

for (const section of sections) {
  describe(section.family, () => {
    for (const run of section.runs) {
      it(`${nameOf(run.file)}: ${run.scenario.title}`, async function () {
        const { record, report } = await runScenario(run, {
          ...{ reportsFolder: "reports", seed: run.seed, pool, signal },
          observer: () => {},
        });
        if (record.verdict === "inconclusive" && record.unsupported.length > 0) {
          console.warn(`unsupported on this machine: ${record.unsupported.join("; ")}`);
          this.skip();
        }
        const why = [...record.reasons, `report: ${report}`, `again: ${record.replay}`].join("\n");
        expect(record.verdict, why).to.equal("passed");
      });
    }
  });
}
