import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import { judge } from "./bounds.ts";
import { formatValue, renderBounds, renderResult } from "./render.ts";
import type { Unit } from "./unit.ts";

describe("bench table", () => {
  const shown: [number, Unit, string][] = [
    [0.0314, "ms", "0.031 ms"],
    [0.4234, "ms", "0.42 ms"],
    [42.34, "ms", "42 ms"],
    [6_049, "ms", "6.0 s"],
    [171 * 2 ** 20, "bytes", "171 MiB"],
    [212_345, "events/s", "212k/s"],
    [38.46, "ops/s", "38.5/s"],
    [4_321.4, "ops/s", "4321/s"],
  ];
  for (const [value, unit, text] of shown) {
    it(`writes ${value} ${unit} as ${text}`, () => expect(formatValue(value, unit)).to.equal(text));
  }

  it("puts the baseline and the ratio beside ours, and says where there is none", () => {
    const ours = { median: 5_000, min: 4_000, max: 6_000, count: 3 };
    const baseline = { name: "plain", median: 20_000, min: 19_000, max: 30_000, count: 3 };
    const text = renderResult({
      name: "start",
      about: "to ready",
      rounds: 3,
      comparisons: [
        { what: "brokers", unit: "ms", better: "less", ours, baseline, ratio: 0.25 },
        { what: "install", unit: "ms", better: "less", ours, baseline, ratio: 1_187.5 },
        { what: "all", unit: "ms", better: "less", ours },
      ],
      bounds: [],
    });
    const lines = stripVTControlCharacters(text).split("\n");
    expect(lines[0]).to.equal("start: to ready");
    expect(lines[3]).to.match(
      /^ {2}brokers +5\.0 s \(4\.0 s - 6\.0 s\) +20\.0 s \(.*\) +plain +0\.25 +less$/,
    );
    expect(lines[4]).to.match(/ 1188 +less$/);
    expect(lines[5]).to.match(/^ {2}all +5\.0 s \(4\.0 s - 6\.0 s\) +- +less$/);
  });

  it("says of each bound how much there is to spare, and where that is not enough", () => {
    const bound = (what: string, median: number, max: number) =>
      judge({ what, unit: "ms", ours: what, limit: 300 }, { median, min: 1, max, count: 3 });
    const bounds = [bound("ample", 3, 20), bound("scant", 60, 600)];
    const lines = stripVTControlCharacters(renderBounds(bounds)).split("\n");
    expect(lines[2]).to.match(/^ {2}ample +< 300 ms +3\.00 ms \(1\.00 ms - 20 ms\) +100 +15$/);
    expect(lines[3]).to.match(
      /^ {2}scant +< 300 ms +60 ms \(1\.00 ms - 600 ms\) +5\.0, not 10 +0\.50, not held$/,
    );
    expect(renderBounds([])).to.equal("");
  });
});
