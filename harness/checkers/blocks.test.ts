import { expect } from "chai";
import { BlockSeries } from "./blocks.ts";

const series = (count: number, valueAt: (n: number) => number, most = 9): BlockSeries => {
  const blocks = new BlockSeries(most);
  for (let n = 0; n < count; n++) blocks.add({ x: n, y: valueAt(n) });
  return blocks;
};

describe("a series in blocks", () => {
  it("holds samples as they are until there are too many, then the medians of three, of nine, ...", () => {
    expect(series(8, (n) => n).points.map(({ y }) => y)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(series(9, (n) => n).points).to.deep.equal([1, 4, 7].map((n) => ({ x: n, y: n })));
    const many = series(60, (n) => 2 * n);
    expect(many.points.map(({ x }) => x)).to.deep.equal([4, 13, 22, 31, 40, 49]);
    expect(many.points.map(({ y }) => y)).to.deep.equal([8, 26, 44, 62, 80, 98]);
    expect(many).to.include({ samples: 60, samplesAPoint: 9 });
  });

  it("bears a wild sample in three, whatever they are", () => {
    const wild = series(27 * 9, (n) => (n % 3 === 1 ? 1e9 : 5), 9);
    expect(wild.points.map(({ y }) => y)).to.deep.equal(Array(wild.points.length).fill(5));
  });

  it("never holds more than it was told, however long it goes on", () => {
    const blocks = new BlockSeries(90);
    let most = 0;
    for (let n = 0; n < 100_000; n++) {
      blocks.add({ x: n, y: Math.sin(n) });
      most = Math.max(most, blocks.points.length);
    }
    expect(most).to.be.lessThan(90);
    expect(blocks.points.length).to.be.at.least(30);
    const xs = blocks.points.map(({ x }) => x);
    expect(xs).to.deep.equal(xs.toSorted((a, b) => a - b));
  });

  it("leaves out what makes no whole block yet", () => {
    expect(series(9 + 2, (n) => n).points).to.have.length(3);
    expect(series(9 + 3, (n) => n).points).to.have.length(4);
  });
});
