import { expect } from "chai";
import { preparedNode } from "./preparation.ts";

describe("preparations", () => {
  it("are for nodes of their kind, or of every kind", () => {
    const preparations = [
      { type: "small-disk", kind: "kafka", bytes: 10 },
      { type: "settable-clock", kind: "stt" },
      { type: "counted-memory" },
    ] as const;
    expect(preparedNode(preparations, "kafka")).to.deep.equal({
      smallDisk: 10,
      settableClock: false,
      countedMemory: true,
    });
    expect(preparedNode(preparations, "stt")).to.deep.equal({
      smallDisk: undefined,
      settableClock: true,
      countedMemory: true,
    });
  });

  it("of several disks make the smallest", () => {
    const disk = (bytes: number) => ({ type: "small-disk", kind: "kafka", bytes }) as const;
    expect(preparedNode([disk(30), disk(20), disk(40)], "kafka").smallDisk).to.equal(20);
  });
});
