import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { loadIndexStyle, renderIndex } from "./html/index-page.ts";
import { suiteJunitXml } from "./junit.ts";
import { suiteMarkdown } from "./suite-markdown.ts";
import { writeSuiteReport } from "./suite-report.ts";
import { fixtureRecord } from "./testing/fixture.ts";
import { fixtureSuite } from "./testing/suite-fixture.ts";

describe("the report of a suite", () => {
  const record = fixtureSuite();

  describe("index page", () => {
    let page: string;
    before(async () => {
      page = renderIndex(record, await loadIndexStyle());
    });

    it("has a row for every run with a link to its report, where it left one", () => {
      expect(page.match(/<tr class="/g)).to.have.length(record.rows.length);
      expect(page).to.contain('href="../20260314-091500-leader-crash/report.html"');
      expect(page.match(/<a href=/g)).to.have.length(5);
    });

    it("says the sums, what ended it, why a run did not pass, and how to run it again", () => {
      expect(page).to.contain("<h1>1 errored, 1 failed, 1 inconclusive, 1 not run, 3 passed</h1>");
      expect(page).to.contain("Ended early: interrupted");
      expect(page).to.contain("the service did not recover while it was watched");
      expect(page).to.contain("not possible on this machine");
      expect(page).to.contain("./faultline run --seed 4711");
      expect(page).to.contain("6.8 s (ha/leader-crash)");
    });

    it("filters by each outcome there is, with a rule of its style", () => {
      for (const outcome of ["errored", "failed", "inconclusive", "not-run", "passed"]) {
        expect(page).to.contain(`id="show-${outcome}"`);
        expect(page).to.contain(`main:has(#show-${outcome}:checked) tbody tr:not(.${outcome})`);
      }
      const passed = renderIndex({ ...record, rows: record.rows.slice(0, 2) }, "");
      expect(passed).not.to.contain("<fieldset");
    });

    it("loads nothing, runs nothing, and lets no text become markup", () => {
      const evil = `<img src=x onerror="alert(1)"><script>`;
      const [row, ...rows] = record.rows;
      if (row === undefined) throw new Error("the fixture has rows");
      const text = renderIndex(
        {
          ...record,
          command: evil,
          endedBy: evil,
          rows: [{ ...row, title: evil, name: evil, outcome: "failed", reasons: [evil, evil] }, ...rows],
        },
        "",
      );
      expect(text).not.to.contain("<img").and.not.to.contain("<script");
      expect(page).not.to.match(/<(?:link|img|iframe|script)/);
      expect(page).to.match(/default-src &#39;none&#39;/);
    });
  });

  it("is one JUnit file with every run's own cases, what did not run skipped, what broke an error", () => {
    const runs = new Map([["20260314-091500-leader-crash", fixtureRecord("passed", [])]]);
    const rows = record.rows.filter(({ name }) =>
      ["leader-crash", "redis-restart", "flapping-link"].includes(name),
    );
    const xml = suiteJunitXml(rows, runs);
    expect(xml.match(/<testsuite /g)).to.have.length(3);
    expect(xml).to.contain("kill leader of stt-processing-topic[0] was proven");
    expect(xml).to.contain("no space left on device");
    expect(xml).to.match(/name="the promise of flapping-link"[^>]*skipped="1"/);
  });

  it("is Markdown that leads with the sums and what did not pass", () => {
    const text = suiteMarkdown(record);
    expect(text.split("\n")[0]).to.equal("## ! 1 errored, 1 failed, 1 inconclusive, 1 not run, 3 passed");
    expect(text).to.contain("- ✕ failed: ha/redis-stopped\n  - stop redis-1: the service did not recover");
    expect(text).to.contain("| ✓ passed | ha/leader-crash | the promise of leader-crash | 6.8 s | 31.4 s |");
    expect(text).to.contain(
      "| ✕ failed | ha/redis-stopped | the promise of redis-stopped | never | 31.4 s |",
    );
    expect(text).to.contain("./faultline run --seed 4711");
  });

  it("has the parts that can be written, and names the others", async () => {
    const folder = await mkdtemp(join(tmpdir(), "suite-report-"));
    const { index, problems } = await writeSuiteReport(folder, record, new Map());
    expect(problems).to.deep.equal([]);
    expect(await readFile(index, "utf8")).to.contain("Faultline suite report");
    expect(JSON.parse(await readFile(join(folder, "suite.json"), "utf8"))).to.deep.equal(record);
    await rm(folder, { recursive: true });
    const { problems: all } = await writeSuiteReport(folder, record, new Map());
    expect(all).to.have.length(4);
    expect(all[0]).to.match(/suite\.json could not be written: ENOENT/);
  });
});
