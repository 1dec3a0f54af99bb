import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { standInService } from "../bench/environment.ts";
import { processesOfRun, signal } from "../runtime/proc.ts";
import { claimedSlots, slotOwner } from "../runtime/slot.ts";
import { commandLine } from "../runtime/testing/leftovers.ts";
import { stt } from "../topology/stt.ts";
import { transcriptions } from "../workload/transcriptions.ts";
import { runScenario } from "./runner.ts";
import { scenario } from "./scenario.ts";

describe("a run whose proxies are killed", () => {
  let reports: string;
  beforeEach(() => {
    reports = mkdtempSync(join(tmpdir(), "broken-bed-test-"));
  });
  afterEach(() => rmSync(reports, { recursive: true }));

  const slotsOfThis = () => claimedSlots().filter((slot) => slotOwner(slot)?.runner.pid === process.pid);

  /** Kills the Toxiproxy of the one run that this process has under way. */
  function killToxiproxy(): void {
    for (const slot of slotsOfThis()) {
      const run = { runId: slotOwner(slot)?.id ?? "", folders: [], known: [] };
      for (const { pid } of processesOfRun(run)) {
        if (commandLine(pid)[0]?.includes("toxiproxy")) signal(pid, "SIGKILL");
      }
    }
  }

  it("ends errored, names them, and leaves nothing", async () => {
    const definition = scenario({
      title: "the test bed breaks",
      topology: stt({ kafka: 1, redis: "single", instances: 1, entry: standInService }),
      workload: transcriptions({ rate: 1 }),
      faults: [],
      checks: [],
    });
    const { record, error } = await runScenario(
      { file: "broken-bed.scenario.ts", scenario: definition },
      {
        reportsFolder: reports,
        seed: 1,
        // It is waiting for a steady state, which this stand-in for a service never reaches.
        observer: (event) => {
          if (event.type === "stage" && event.stage === "reach steady state" && event.state === "started")
            killToxiproxy();
        },
        signal: new AbortController().signal,
      },
    );
    expect(record.verdict).to.equal("errored");
    expect(record.reasons).to.deep.equal([
      "toxiproxy ended though nobody asked it to: it was killed by SIGKILL",
    ]);
    expect(error).to.be.instanceOf(Error);
    expect(slotsOfThis()).to.deep.equal([]);
  });
});
