import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { type Area, areas, type CoverageSummary, isBelow, line, measure } from "./coverage.ts";

const root = "/repository/";
const repository = fileURLToPath(new URL("../../", import.meta.url));

/** @param files path below the root: [covered, total] lines; half of 10 branches each. */
function summary(files: Readonly<Record<string, readonly [number, number]>>): CoverageSummary {
  const entries = Object.entries(files).map(([path, [covered, total]]) => [
    root + path,
    { lines: { total, covered }, branches: { total: 10, covered: 5 } },
  ]);
  return {
    ...Object.fromEntries(entries),
    total: { lines: { total: 1, covered: 1 }, branches: { total: 1, covered: 1 } },
  };
}

const lock: Area = { name: "lock", files: ["system/lock*.ts"], bounds: { lines: 95 } };

describe("the coverage gate", () => {
  it("weighs a file by its lines, and leaves other areas' files alone", () => {
    const files = {
      "system/lock.ts": [90, 90],
      "system/locks.ts": [0, 10],
      "system/api/a.ts": [0, 900],
    } as const;
    expect(measure(summary(files), root, [lock])).to.deep.equal([
      { area: "lock", kind: "lines", measured: 90, bound: 95 },
    ]);
  });

  it("asks for branches where a bound says so", () => {
    const area: Area = { name: "all", files: ["system/**"], bounds: { lines: 90, branches: 50 } };
    const measures = measure(summary({ "system/a/b.ts": [9, 10], "system/c.ts": [9, 10] }), root, [area]);
    expect(measures.map(({ kind, measured }) => [kind, measured])).to.deep.equal([
      ["lines", 90],
      ["branches", 50],
    ]);
    expect(measures.some(isBelow)).to.equal(false);
  });

  it("does not round a shortfall away", () => {
    const [almost] = measure(summary({ "system/lock.ts": [94_999, 100_000] }), root, [lock]);
    if (!almost) throw new Error("measured nothing");
    expect(isBelow(almost)).to.equal(true);
    expect(line(almost)).to.equal("lock            lines       94.9 % of at least 95 %  BELOW");
  });

  it("refuses an area without files, which would always pass", () => {
    expect(() => measure(summary({ "system/other.ts": [1, 1] }), root, [lock])).to.throw(
      'no file is in the area "lock"',
    );
  });

  it("knows each area of the system by files that are there", () => {
    const globs = areas.flatMap(({ files }) => files);
    const missing = globs.filter((glob) => globSync(glob, { cwd: repository }).length === 0);
    expect(missing).to.deep.equal([]);
  });
});
