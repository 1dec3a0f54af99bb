import { expect } from "chai";
import { LogRecords, type RecordsOptions } from "./records.ts";

const records = (options: Partial<RecordsOptions>) =>
  new LogRecords({ keys: 0, hot: 1, bytes: [0], producers: 3, seed: 7, ...options });
const numbers = Array.from({ length: 2_000 }, (_, number) => number);

describe("the records of a log", () => {
  it("without keys are numbers, by producers in turn", () => {
    const plain = records({});
    expect(numbers.slice(0, 4).map((n) => plain.producerOf(n))).to.deep.equal([0, 1, 2, 0]);
    expect([plain.keyOf(4), plain.shown(4)]).to.deep.equal([undefined, 4]);
  });

  it("with keys are elements of them, each key by one producer, one key with its share", () => {
    const keyed = records({ keys: 5, hot: 0.8 });
    const byKey = Map.groupBy(numbers, (n) => keyed.keyOf(n));
    expect([...byKey.keys()].sort()).to.deep.equal(["key-1", "key-2", "key-3", "key-4", "key-5"]);
    for (const own of byKey.values()) expect(new Set(own.map((n) => keyed.producerOf(n))).size).to.equal(1);
    expect((byKey.get("key-1")?.length ?? 0) / numbers.length).to.be.within(0.75, 0.85);
    expect(keyed.shown(9)).to.deep.equal({ key: keyed.keyOf(9), seq: 9 });
    const again = records({ keys: 5, hot: 0.8 });
    expect(numbers.map((n) => again.keyOf(n))).to.deep.equal(numbers.map((n) => keyed.keyOf(n)));
  });

  it("have their sizes by turns", () => {
    const sized = records({ bytes: [10, 2_000] });
    expect([0, 1, 2].map((n) => sized.bytesOf(n))).to.deep.equal([10, 2_000, 10]);
  });
});
