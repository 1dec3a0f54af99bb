import { expect } from "chai";
import fc from "fast-check";
import { seededRandom } from "../util/random.ts";
import { bridged, minorityAndMajority, type Pair, ringed, separate, towards } from "./partition-pairs.ts";

const text = (pairs: readonly Pair[]) => pairs.map(({ from, to }) => `${from}>${to}`).sort();
/** Those that a node still hears and that hear it. */
const heardBy = (node: string, nodes: readonly string[], pairs: readonly Pair[]) =>
  nodes.filter(
    (other) =>
      other !== node &&
      !pairs.some((pair) => pair.from === node && pair.to === other) &&
      !pairs.some((pair) => pair.from === other && pair.to === node),
  );
const nodesOf = (least: number) =>
  fc
    .integer({ min: least, max: 9 })
    .map((count) => Array.from({ length: count }, (_, index) => `n${index + 1}`));
const property = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void) =>
  fc.assert(fc.property(arbitrary, holds));

describe("who does not hear whom", () => {
  it("two groups", () => {
    expect(text(separate([["a", "b"], ["c"]]))).to.deep.equal(["a>c", "b>c", "c>a", "c>b"]);
  });

  it("one way", () => {
    expect(text(towards(["a", "b"], ["c"]))).to.deep.equal(["a>c", "b>c"]);
  });

  it("a bridge over three nodes, a ring of four", () => {
    expect(text(bridged(["a", "b", "c"], "b"))).to.deep.equal(["a>c", "c>a"]);
    expect(text(ringed(["a", "b", "c", "d"]))).to.deep.equal(["a>c", "b>d", "c>a", "d>b"]);
  });

  it("refuses shapes that have too few nodes to mean anything", () => {
    expect(() => minorityAndMajority(["a", "b"], () => 0)).to.throw("a minority needs at least 3 nodes");
    expect(() => bridged(["a", "b"], "a")).to.throw("a bridge needs at least 3 nodes");
    expect(() => ringed(["a", "b", "c"])).to.throw("a ring needs at least 4 nodes");
  });

  it("a majority is more than half, whole, and as small as that allows; every node is on one side", () => {
    property(fc.tuple(nodesOf(3), fc.integer({ min: 0 })), ([nodes, seed]) => {
      const { minority, majority } = minorityAndMajority(nodes, seededRandom(seed));
      expect([...minority, ...majority].sort()).to.deep.equal([...nodes].sort());
      expect(majority.length).to.equal(Math.floor(nodes.length / 2) + 1);
      const pairs = separate([minority, majority]);
      for (const node of majority)
        expect(heardBy(node, nodes, pairs)).to.have.members(majority.filter((one) => one !== node));
    });
  });

  it("any node may be in the minority", () => {
    const nodes = ["a", "b", "c"];
    const drawn = Array.from({ length: 50 }, (_, seed) => minorityAndMajority(nodes, seededRandom(seed)));
    expect(new Set(drawn.flatMap(({ minority }) => minority))).to.have.all.keys(nodes);
  });

  it("the bridge hears all; nobody else hears the other half", () => {
    property(
      nodesOf(3).chain((nodes) => fc.tuple(fc.constant(nodes), fc.constantFrom(...nodes))),
      ([nodes, middle]) => {
        const pairs = bridged(nodes, middle);
        expect(heardBy(middle, nodes, pairs)).to.have.lengthOf(nodes.length - 1);
        const others = nodes.filter((node) => node !== middle);
        for (const node of others)
          expect(heardBy(node, nodes, pairs).length).to.be.lessThan(nodes.length - 1);
      },
    );
  });

  it("in a ring every node hears exactly two, and all are connected through them", () => {
    property(nodesOf(4), (nodes) => {
      const pairs = ringed(nodes);
      const reached = new Set<string>();
      const visit = (node: string) => {
        if (reached.has(node)) return;
        reached.add(node);
        expect(heardBy(node, nodes, pairs)).to.have.lengthOf(2);
        heardBy(node, nodes, pairs).forEach(visit);
      };
      visit("n1");
      expect(reached.size).to.equal(nodes.length);
    });
  });

  it("everything but one way is mutual, and no node is cut from itself", () => {
    property(fc.tuple(nodesOf(4), fc.integer({ min: 0 })), ([nodes, seed]) => {
      const { minority, majority } = minorityAndMajority(nodes, seededRandom(seed));
      for (const pairs of [separate([minority, majority]), bridged(nodes, "n2"), ringed(nodes)]) {
        expect(text(pairs.map(({ from, to }) => ({ from: to, to: from })))).to.deep.equal(text(pairs));
        expect(pairs.filter(({ from, to }) => from === to)).to.deep.equal([]);
      }
    });
  });
});
