import { expect } from "chai";
import { type Configuration, Visited } from "./visited.ts";

const configuration = (answers: number, state: number, must: number[], may: number[]): Configuration => ({
  ...{ answers, state, must: Int32Array.from(must), hash: must[0] ?? 0, may: Int32Array.from(may) },
});

describe("the configurations visited", () => {
  it("knows one again, and tells apart what differs in anything", () => {
    const visited = new Visited(2, 1);
    const all = [
      configuration(1, 1, [1, 0], [0]),
      configuration(2, 1, [1, 0], [0]),
      configuration(1, 2, [1, 0], [0]),
      configuration(1, 1, [1, 1], [0]), // the same hash, another set
    ];
    for (const one of all) expect(visited.add(one)).to.equal(true);
    for (const one of all) expect(visited.add(one)).to.equal(false);
  });

  it("takes one that has spent more of what may be taken for no better", () => {
    const visited = new Visited(1, 2);
    expect(visited.add(configuration(1, 1, [1], [0b01, 0]))).to.equal(true);
    expect(visited.add(configuration(1, 1, [1], [0b11, 0]))).to.equal(false);
    expect(visited.add(configuration(1, 1, [1], [0b01, 1]))).to.equal(false);
    expect(visited.add(configuration(1, 1, [1], [0b10, 0]))).to.equal(true);
    expect(visited.add(configuration(1, 1, [1], [0, 0]))).to.equal(true);
    expect(visited.add(configuration(1, 1, [1], [0b10, 0]))).to.equal(false);
  });

  it("holds many", () => {
    const visited = new Visited(1, 1);
    const add = () =>
      Array.from({ length: 20_000 }, (_, n) => visited.add(configuration(n % 100, n >> 8, [n], [0])));
    expect(add().every((isNew) => isNew)).to.equal(true);
    expect(add().some((isNew) => isNew)).to.equal(false);
  });

  it("works without any operation under way", () => {
    const visited = new Visited(0, 0);
    expect(visited.add(configuration(0, 0, [], []))).to.equal(true);
    expect(visited.add(configuration(0, 0, [], []))).to.equal(false);
  });
});
