import { expect } from "chai";
import fc from "fast-check";
import { Partitioners } from "kafkajs";
import { partitionOf } from "./partitioner.ts";

describe("the partitioner", () => {
  it("agrees with the Java-compatible one of another client", () => {
    const other = Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: 3 }, (_, partitionId) => ({
      partitionId,
      leader: 1,
      partitionErrorCode: 0,
      replicas: [1],
      isr: [1],
    }));
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (key) => {
        expect(partitionOf(key, 3)).to.equal(
          other({ topic: "t", partitionMetadata, message: { key, value: "" } }),
        );
      }),
    );
  });
});
