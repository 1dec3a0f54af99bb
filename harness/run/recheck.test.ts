import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { RunRecord } from "../report/record.ts";
import { UsageError } from "../util/errors.ts";
import { recheck } from "./recheck.ts";
import { storeRun, writeHistory } from "./testing/stored-run.ts";

describe("re-checking a stored run", () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "recheck-"));
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  it("gives the verdict that was recorded", async () => {
    const { folder, record } = await storeRun(parent);
    expect(record.verdict, record.reasons.join("\n")).to.equal("passed");
    const { differences, recorded, notices, ...evaluation } = await recheck(folder);
    expect(differences).to.deep.equal([]);
    expect(recorded).to.equal("passed");
    expect(notices).to.deep.equal([]);
    const { verdict, reasons, checks, thresholds, faults } = record;
    expect(evaluation).to.deep.equal({ verdict, reasons, checks, thresholds, faults });
  });

  it("gives another one for a history that was tampered with, and says what is judged otherwise", async () => {
    const { folder, events } = await storeRun(parent);
    const wav = events.find(({ f, type }) => f === "wav" && type === "ok");
    writeHistory(
      folder,
      events.map((event) =>
        event === wav ? { ...event, value: { ...(event.value as object), present: [0, 2] } } : event,
      ),
    );
    const { verdict, differences } = await recheck(folder);
    expect(verdict).to.equal("failed");
    expect(differences).to.deep.equal([
      "the verdict was passed, and is failed",
      "check transcription was passed, and is failed",
    ]);
  });

  const known: [string, Partial<RunRecord>, string, RegExp][] = [
    [
      "faults that never came",
      { whyNotInjected: "it was not steady", faults: [] },
      "inconclusive",
      /not steady/,
    ],
    [
      "a node that ended by itself",
      {
        topology: {
          ...{ name: "none", links: 0 },
          nodes: [{ name: "stt-1", kind: "stt", address: "a:1", unexpectedExit: "exited with 1" }],
        },
      },
      "failed",
      /stt-1 ended though nobody asked it to: it exited with 1/,
    ],
    [
      "what ended it early",
      { verdict: "errored", reasons: ["no room"], endedBy: "no room" },
      "errored",
      /^no room$/,
    ],
  ];
  for (const [what, change, verdict, reason] of known) {
    it(`knows of ${what}, by the record`, async () => {
      const { folder } = await storeRun(parent, (record) => ({ ...record, ...change }));
      const again = await recheck(folder);
      expect(again.verdict).to.equal(verdict);
      expect(again.reasons.join("\n")).to.match(reason);
    });
  }

  it("needs the scenario", async () => {
    const { folder } = await storeRun(parent);
    rmSync(join(parent, "stored.scenario.ts"));
    const error = await recheck(folder).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(UsageError);
    expect((error as Error).message).to.contain("stored.scenario.ts");
  });
});
