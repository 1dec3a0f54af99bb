import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createRunFolder } from "./run-folder.ts";

describe("run folder", () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "run-folder-test-"));
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  it("is named after time and scenario, and never used twice", () => {
    const now = new Date("2026-03-14T09:15:00Z");
    const file = "scenarios/ha/leader-crash.scenario.ts";
    expect(createRunFolder(parent, file, now).id).to.equal("20260314-091500-leader-crash");
    expect(createRunFolder(parent, file, now).id).to.equal("20260314-091500-leader-crash-2");
  });
});
