import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { UsageError } from "../util/errors.ts";
import { markdownTable, writeToPage } from "./page-table.ts";

describe("a table on a page", () => {
  const table = markdownTable(["a", "b"], [["1|2", "3"]]);
  let folder: string;
  let page: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "page-test-"));
    page = join(folder, "page.md");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is Markdown, whatever is in its cells", () => {
    expect(table.split("\n")).to.deep.equal(["| a | b |", "| --- | --- |", "| 1\\|2 | 3 |"]);
  });

  it("replaces the one before, and nothing else", () => {
    writeFileSync(page, "above\n<!-- x: begin -->\nold\n<!-- x: end -->\nbelow\n<!-- y: begin -->\n");
    writeToPage(page, "x", "Just now.", table);
    writeToPage(page, "x", "Just now.", table);
    expect(readFileSync(page, "utf8")).to.equal(
      `above\n<!-- x: begin -->\n\nJust now.\n\n${table}\n\n<!-- x: end -->\nbelow\n<!-- y: begin -->\n`,
    );
  });

  it("needs a page with a place for it", () => {
    writeFileSync(page, "<!-- x: end -->\n<!-- x: begin -->\n");
    expect(() => writeToPage(page, "x", "", table)).to.throw(UsageError, "no place for the table");
    expect(() => writeToPage(page, "y", "", table)).to.throw(UsageError, "no place for the table");
    expect(() => writeToPage(join(folder, "absent.md"), "x", "", "")).to.throw(UsageError, "cannot be read");
  });
});
