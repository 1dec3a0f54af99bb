import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { catalogueOf } from "../faults/catalogue.ts";
import { isolate } from "../faults/isolate.ts";
import { at, describePlan, type ScheduledFault } from "../faults/schedule.ts";
import { leaderOf } from "../faults/targets.ts";
import { writtenSchedule } from "../faults/written.ts";
import { fixtureRecord } from "../report/testing/fixture.ts";
import { loadScenarios } from "../run/load-scenarios.ts";
import { variantOf, variants } from "../run/scenario.ts";
import { stt } from "../topology/stt.ts";
import { UsageError } from "../util/errors.ts";
import { seededRandom } from "../util/random.ts";
import { transcriptions } from "../workload/transcriptions.ts";
import { drawSchedule } from "./draw-schedule.ts";
import { scenarioSource } from "./scenario-source.ts";

const file = "scenarios/ha/leader-crash.scenario.ts";
const record = { ...fixtureRecord("failed", []), scenario: { file, title: "nothing is lost" }, seed: 7 };

function source(
  faults: readonly ScheduledFault[],
  outFile: string,
  {
    rate,
    topologyOf,
    of = file,
  }: { readonly rate?: number; readonly topologyOf?: string; readonly of?: string } = {},
): string {
  return scenarioSource(
    {
      shrunk: {
        ...{ schedule: writtenSchedule(faults) ?? [], signature: "transcription: lost-recording" },
        ...{ failures: 3, runs: 3, allRuns: 20, endedBy: "nothing more can be left out" },
        ...(rate === undefined ? {} : { rate }),
      },
      ...{
        record: {
          ...record,
          scenario: { ...record.scenario, file: of },
          variation: { by: "hunt", ...(topologyOf === undefined ? {} : { topologyOf }) },
        },
        faultsBefore: 10,
      },
      workload: transcriptions({ rate: 4, stomp: 0.5 }).source,
      described: faults.map(({ fault }) => `${fault.kind} ${fault.target.description}`),
    },
    outFile,
  );
}

describe("a failure as a scenario file", () => {
  it("may take no fault at all", () => {
    const text = source([], "scenarios/ha/found.scenario.ts");
    expect(text).to.contain('title: "without any fault: nothing is lost"').and.contain("  faults: [],\n");
    expect(text).not.to.contain("schedule.ts");
  });

  it("is what a person would have written", () => {
    const fault = at("4s", isolate(leaderOf("orders"), { clients: true })).for("2500ms");
    expect(
      source([fault], "scenarios/ha/found.scenario.ts", { rate: 2 }),
    ).to.equal(`import { isolate } from "../../harness/faults/isolate.ts";
import { at } from "../../harness/faults/schedule.ts";
import { leaderOf } from "../../harness/faults/targets.ts";
import type { Scenario } from "../../harness/run/scenario.ts";
import { transcriptions } from "../../harness/workload/transcriptions.ts";
import leaderCrash from "./leader-crash.scenario.ts";

export default {
  ...leaderCrash,
  title: "isolate leader of orders[0] with its clients: nothing is lost",
  about:
    "Found by a hunt, and made smaller from the 10 fault(s) of run 2031-05-04T10-11-12-leader-crash-failed: it fails in 3 of 3 runs with seed 7 (transcription: lost-recording).",
  workload: transcriptions({ rate: 2, stomp: 0.5 }),
  faults: [at("4s", isolate(leaderOf("orders"), { clients: true })).for("2500ms")],
  thresholds: [],
} satisfies Scenario;
`);
  });

  it("of a variant takes that one, and says when it is gone", () => {
    const fault = at("4s", isolate(leaderOf("orders"))).for("2s");
    const of = "scenarios/clients/leader-killed.scenario.ts#kafkajs-defaults";
    const text = source([fault], "scenarios/ha/found.scenario.ts", { of, topologyOf: of });
    const taken = 'variantOf(leaderKilled, "kafkajs-defaults")';
    expect(text).to.contain('import { type Scenario, variantOf } from "../../harness/run/scenario.ts";');
    expect(
      text.match(/^import leaderKilled from "..\/clients\/leader-killed.scenario.ts";$/gm),
    ).to.have.lengthOf(1);
    expect(text).to.contain(`  ...${taken},`).and.to.contain(`  topology: ${taken}.topology,`);
    expect(() => variantOf(variants({}), "kafkajs-defaults")).to.throw(
      UsageError,
      "no variant kafkajs-defaults",
    );
  });

  describe("whatever the faults are", () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), "scenario-source-test-"));
    });
    after(() => rmSync(folder, { recursive: true }));

    const entries = catalogueOf(stt());
    const drawn = (seed: number) => drawSchedule(entries, seededRandom(seed), { most: 3 });

    it("loads, with these faults, the rest of the scenario, and no thresholds", async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), async (seed) => {
          const out = join(folder, `found-${seed}.scenario.ts`);
          writeFileSync(out, source(drawn(seed), out));
          const [[loaded], [original]] = [await loadScenarios([out]), await loadScenarios([file])];
          if (loaded === undefined || original === undefined) throw new Error("it did not load");
          expect(loaded.scenario.faults.flatMap(describePlan)).to.deep.equal(
            drawn(seed).flatMap(describePlan),
          );
          expect(loaded.scenario).to.include({
            topology: original.scenario.topology,
            checks: original.scenario.checks,
          });
          expect(loaded.scenario.workload).to.equal(original.scenario.workload);
          expect(loaded.scenario.thresholds).to.deep.equal([]);
        }),
        { numRuns: 20 },
      );
    });

    it("has the topology that was struck", async () => {
      const out = join(folder, "topology.scenario.ts");
      const topologyOf = "scenarios/mutants/acks-1.scenario.ts";
      writeFileSync(out, source(drawn(1), out, { topologyOf }));
      const [[loaded], [mutant]] = [await loadScenarios([out]), await loadScenarios([topologyOf])];
      expect(loaded?.scenario.topology).to.equal(mutant?.scenario.topology);
    });

    it("is formatted as the others are, and has fewer than 60 lines", () => {
      const biome = join(process.cwd(), "node_modules/.bin/biome");
      for (let seed = 0; seed < 15; seed++) {
        const text = source(drawn(seed), "scenarios/ha/found.scenario.ts");
        const options = { input: text, encoding: "utf8" } as const;
        expect(
          execFileSync(
            biome,
            ["check", "--write", "--stdin-file-path=scenarios/ha/found.scenario.ts"],
            options,
          ),
        ).to.equal(text);
        expect(text.split("\n").length).to.be.below(60);
      }
    });
  });
});
