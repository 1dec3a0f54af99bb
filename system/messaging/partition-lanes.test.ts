import { expect } from "chai";
import fc from "fast-check";
import type { Clock } from "../telemetry/clock.ts";
import { incomingMessage } from "../testing/factory.ts";
import type { IncomingMessage } from "./messaging.ts";
import { PartitionLanes } from "./partition-lanes.ts";

const message = (partition: number, offset: number) => incomingMessage({ partition, offset: BigInt(offset) });
const name = (m: IncomingMessage) => `${m.partition}:${m.offset}`;
const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => setImmediate(resolve));
};
const immediate: Clock = { now: () => 0, sleep: async (_ms, signal) => signal?.throwIfAborted() };

describe("the partition lanes", () => {
  const log: string[] = [];
  const committed: string[] = [];
  const pressure: boolean[] = [];
  let inFlight: number;
  let handler: (m: IncomingMessage, signal: AbortSignal) => Promise<void>;
  let lanes: PartitionLanes;

  beforeEach(() => {
    log.length = committed.length = pressure.length = inFlight = 0;
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
      onInFlight: (count) => {
        inFlight = count;
      },
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

  it("commits nothing of a former ownership, and still handles one message at a time", async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    handler = () => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      return gate.promise;
    };
    lanes.push(message(0, 1));
    lanes.push(message(0, 2));
    lanes.revokeAll();
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

  it("takes a partition away and leaves the others alone", async () => {
    const gates = new Map<string, PromiseWithResolvers<void>>();
    const signals = new Map<string, AbortSignal>();
    handler = (m, signal) => {
      const gate = Promise.withResolvers<void>();
      gates.set(name(m), gate);
      signals.set(name(m), signal);
      return gate.promise;
    };
    for (const one of [message(0, 1), message(0, 2), message(1, 1)]) lanes.push(one);
    expect(inFlight).to.equal(3);
    lanes.revoke([{ topic: "t", partition: 0 }]);
    expect(inFlight).to.equal(1);
    expect([signals.get("0:1")?.aborted, signals.get("1:1")?.aborted]).to.deep.equal([true, false]);
    for (const gate of gates.values()) gate.resolve();
    await settle();
    expect(log).to.deep.equal(["0:1", "1:1"]);
    expect(committed).to.deep.equal(["1:1"]);
  });

  it("does not handle a message twice that the client has fetched twice, unless the partition was away", async () => {
    for (const offset of [1, 2, 1, 2, 3]) lanes.push(message(0, offset));
    await settle();
    expect(log).to.deep.equal(["0:1", "0:2", "0:3"]);
    lanes.revoke([{ topic: "t", partition: 0 }]);
    lanes.push(message(0, 2));
    await settle();
    expect(log.at(-1)).to.equal("0:2");
  });

  it("held, finishes and commits the message at hand and begins with no other until it is released", async () => {
    const gate = Promise.withResolvers<void>();
    handler = () => gate.promise;
    for (const offset of [1, 2]) lanes.push(message(0, offset));
    let atRest = false;
    const held = lanes.hold(60_000).then(() => {
      atRest = true;
    });
    lanes.push(message(1, 1));
    await settle();
    expect(atRest).to.equal(false);
    gate.resolve();
    await held;
    await settle();
    expect(log).to.deep.equal(["0:1"]);
    expect(committed).to.deep.equal(["0:1"]);
    lanes.release();
    await settle();
    expect(log).to.have.members(["0:1", "0:2", "1:1"]);
  });

  it("held, waits no longer than it may", async () => {
    handler = () => new Promise(() => {});
    lanes.push(message(0, 1));
    await lanes.hold(5);
    expect(committed).to.deep.equal([]);
  });

  it("asks for less and for more again, by the number of messages", async () => {
    const gate = Promise.withResolvers<void>();
    handler = () => gate.promise;
    for (let offset = 0; offset < 1_000; offset++) lanes.push(message(0, offset));
    expect(pressure).to.deep.equal([true]);
    expect(lanes.pressed).to.equal(true);
    gate.resolve();
    await until(() => pressure.length === 2);
    expect(pressure).to.deep.equal([true, false]);
  });

  it("asks for less by their size, too", () => {
    handler = () => new Promise(() => {});
    const value = "x".repeat(1024 * 1024);
    for (let offset = 0; offset < 7; offset++) lanes.push({ ...message(0, offset), value });
    expect(pressure).to.deep.equal([]);
    lanes.push({ ...message(0, 7), value });
    expect(pressure).to.deep.equal([true]);
    lanes.revokeAll();
    expect(pressure).to.deep.equal([true, false]);
  });

  it("each partition handles its messages once and in order, whatever fails, moves or is fetched again", async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant("push"), partition: fc.nat(2) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("again"), partition: fc.nat(2) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("revoke"), partition: fc.nat(2) }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constantFrom("hold", "release"), partition: fc.constant(0) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.infiniteStream(fc.nat(3)),
        async (steps, luck) => {
          const handled = new Map<number, number[]>([0, 1, 2].map((partition) => [partition, []]));
          const commits = new Map<number, number>();
          const busy = new Set<number>();
          const tested = new PartitionLanes({
            handler: async (m) => {
              expect(busy.has(m.partition), "two at once").to.equal(false);
              busy.add(m.partition);
              await Promise.resolve();
              busy.delete(m.partition);
              if (luck.next().value === 0) throw new Error("no luck");
              handled.get(m.partition)?.push(Number(m.offset));
            },
            commit: async (m) => void commits.set(m.partition, Number(m.offset)),
            onFailure: () => {},
            onCommitFailure: () => {},
            onPressure: () => {},
            onInFlight: () => {},
            clock: immediate,
          });
          // What the broker would do: after a loss it begins again behind the last commit.
          const next = [0, 0, 0];
          for (const { do: action, partition } of steps) {
            const at = next[partition] ?? 0;
            if (action === "push") {
              tested.push(message(partition, at));
              next[partition] = at + 1;
            } else if (action === "again" && at > 0) tested.push(message(partition, at - 1));
            else if (action === "revoke") {
              tested.revoke([{ topic: "t", partition }]);
              await settle();
              next[partition] = (commits.get(partition) ?? -1) + 1;
            } else if (action === "hold") void tested.hold(60_000);
            else if (action === "release") tested.release();
          }
          tested.release();
          await until(() => [0, 1, 2].every((one) => (commits.get(one) ?? -1) === (next[one] ?? 0) - 1));
          for (const [partition, offsets] of handled) {
            // In order, with a step back only to what a loss had left uncommitted; nothing left out.
            const all = Array.from({ length: next[partition] ?? 0 }, (_, offset) => offset);
            expect(offsets, `partition ${partition}`).to.include.members(all);
            for (const [index, offset] of offsets.entries())
              expect(offset).to.be.at.most((offsets[index - 1] ?? -1) + 1);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settle();
}
