import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import { okRow } from "../../provision/doctor/row.ts";
import { renderTable } from "./doctor.ts";

describe("doctor's table", () => {
  const table = stripVTControlCharacters(
    renderTable([
      okRow("java", "17 or later", "17.0.15", "/usr/bin/java"),
      {
        component: "nft",
        wanted: "optional",
        found: "a text that is much too long for one column of it",
        where: "",
        fix: "apt-get install nftables\nand try again",
        status: "optional",
      },
    ]),
  ).split("\n");

  it("has its columns under each other", () => {
    const columns = table
      .slice(0, 3)
      .map((line) => [line.indexOf("wanted"), line.indexOf("17 or"), line.indexOf("opt")]);
    expect(Math.max(...(columns[0] ?? []))).to.equal(Math.max(...(columns[1] ?? [])));
    expect(Math.max(...(columns[1] ?? []))).to.equal(Math.max(...(columns[2] ?? [])));
  });

  it("shortens what would break the table", () => {
    expect(table[2]).to.include("a text that is much too long …");
  });

  it("puts what to do below the row, a line each", () => {
    expect(table.slice(3)).to.deep.equal(["      -> apt-get install nftables", "      -> and try again"]);
  });
});
