import { expect } from "chai";
import type { Clock } from "../telemetry/clock.ts";
import type { IncomingMessage } from "./messaging.ts";
import { PartitionLanes } from "./partition-lanes.ts";

const message = (partition: number, offset: number): IncomingMessage => ({
  topic: "t",
  partition,
  offset: BigInt(offset),
  key: "k",
  value: "",
  headers: {},
});
const name = (m: IncomingMessage) => `${m.partition}:${m.offset}`;
const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => setImmediate(resolve));
};
const immediate: Clock = { now: () => 0, sleep: async (_ms, signal) => signal?.throwIfAborted() };

describe("the partition lanes", () => {
  const log: string[] = [];
  const committed: string[] = [];
  const pressure: boolean[] = [];
  let handler: (m: IncomingMessage, signal: AbortSignal) => Promise<void>;
  let lanes: PartitionLanes;

  beforeEach(() => {
    log.length = committed.length = pressure.length = 0;
    handler = async () => {};
    lanes = new PartitionLanes({
      handler: async (m, signal) => {
        log.push(name(m));
        await handler(m, signal);
      },
      commit: async (m) => void committed.push(name(m)),
      onFailure: (m) => log.push(`failed ${name(m)}`),
      onCommitFailure: () => {},
      onPressure: (high) => pressure.push(high),
      clock: immediate,
    });
  });

  it("handles a partition in order and commits each message after it was handled", async () => {
    const gate = Promise.withResolvers<void>();
    handler = () => gate.promise;
    lanes.push(message(0, 1));
    lanes.push(message(0, 2));
    await settle();
    expect(log).to.deep.equal(["0:1"]);
    expect(committed).to.deep.equal([]);
    gate.resolve();
    await settle();
    expect(log).to.deep.equal(["0:1", "0:2"]);
    expect(committed).to.deep.equal(["0:1", "0:2"]);
  });

  it("does not let a waiting partition hold up another", async () => {
    handler = (m) => (m.partition === 0 ? new Promise(() => {}) : Promise.resolve());
    lanes.push(message(0, 1));
    lanes.push(message(1, 1));
    await settle();
    expect(committed).to.deep.equal(["1:1"]);
  });

  it("hands a failed message over again, never skipping it", async () => {
    let failures = 2;
    handler = async () => {
      if (failures-- > 0) throw new Error("no");
    };
    lanes.push(message(0, 1));
    lanes.push(message(0, 2));
    await settle();
    expect(log).to.deep.equal(["0:1", "failed 0:1", "0:1", "failed 0:1", "0:1", "0:2"]);
    expect(committed).to.deep.equal(["0:1", "0:2"]);
  });

  it("commits nothing of a former generation, and still handles one message at a time", async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    handler = () => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      return gate.promise;
    };
    lanes.push(message(0, 1));
    lanes.push(message(0, 2));
    lanes.reset();
    lanes.push(message(0, 1));
    await settle();
    expect(log).to.deep.equal(["0:1"]);
    gates[0]?.resolve();
    await settle();
    expect(committed).to.deep.equal([]);
    expect(log).to.deep.equal(["0:1", "0:1"]);
    gates[1]?.resolve();
    await settle();
    expect(committed).to.deep.equal(["0:1"]);
  });

  it("on close finishes and commits the message at hand, and only that", async () => {
    const gate = Promise.withResolvers<void>();
    handler = () => gate.promise;
    lanes.push(message(0, 1));
    lanes.push(message(0, 2));
    const closed = lanes.close();
    gate.resolve();
    await closed;
    expect(log).to.deep.equal(["0:1"]);
    expect(committed).to.deep.equal(["0:1"]);
  });

  it("on close stops a handler that only waits, without a commit", async () => {
    handler = (_, signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
      );
    lanes.push(message(0, 1));
    await settle();
    await lanes.close();
    expect(committed).to.deep.equal([]);
  });

  it("asks for less and for more again", async () => {
    const gate = Promise.withResolvers<void>();
    handler = () => gate.promise;
    for (let offset = 0; offset < 1_000; offset++) lanes.push(message(0, offset));
    expect(pressure).to.deep.equal([true]);
    gate.resolve();
    await until(() => pressure.length === 2);
    expect(pressure).to.deep.equal([true, false]);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settle();
}
