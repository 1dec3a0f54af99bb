import { expect } from "chai";
import { PublishError } from "./messaging.ts";
import { type PartitionBatch, PartitionSenders } from "./partition-senders.ts";

const message = (key: string, value = "v") => ({ topic: "t", key, value, headers: {} });
// Three keys of three different partitions, and one that shares the first's.
const keys = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

describe("the partition senders", () => {
  const sent: PartitionBatch[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  let stuck = 0;
  const senders = (over: { deadlineMs?: number; stuckAfterMs?: number } = {}) =>
    new PartitionSenders({
      send: (batch) => {
        sent.push(batch);
        const gate = Promise.withResolvers<void>();
        gates.push(gate);
        return gate.promise;
      },
      partitionsOf: () => 3,
      deadlineMs: over.deadlineMs ?? 5_000,
      stuckAfterMs: over.stuckAfterMs ?? 10_000,
      onStuck: () => stuck++,
    });
  const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

  beforeEach(() => {
    sent.length = 0;
    gates.length = 0;
    stuck = 0;
  });

  it("sends one batch a partition, with the messages in order", async () => {
    const publish = senders().publish(keys.map((key, index) => message(key, String(index))));
    await tick();
    expect(new Set(sent.map((batch) => batch.partition)).size).to.equal(sent.length);
    for (const batch of sent) {
      const order = batch.messages.map((m) => Number(m.value));
      expect(order).to.deep.equal(order.toSorted((a, b) => a - b));
    }
    for (const gate of gates) gate.resolve();
    await publish;
  });

  it("waits for a partition's former send, and not for those of other partitions", async () => {
    const one = senders();
    const first = one.publish([message("a", "1")]);
    const second = one.publish([message("a", "2")]);
    await tick();
    expect(sent.map((batch) => batch.messages[0]?.value)).to.deep.equal(["1"]);
    gates[0]?.resolve();
    await first;
    await tick();
    expect(sent.map((batch) => batch.messages[0]?.value)).to.deep.equal(["1", "2"]);
    gates[1]?.resolve();
    await second;
  });

  it("names exactly the messages that failed", async () => {
    const publish = senders().publish(keys.map((key) => message(key)));
    await tick();
    gates[0]?.reject(new Error("broken"));
    for (const gate of gates.slice(1)) gate.resolve();
    const error = await publish.catch((reason: unknown) => reason);
    if (!(error instanceof PublishError)) throw new Error("expected a PublishError");
    expect(error.failures.map((failure) => failure.message)).to.deep.equal([...(sent[0]?.messages ?? [])]);
  });

  it("never sends what its caller has given up, and holds the partition until the client settles", async () => {
    const one = senders({ deadlineMs: 20 });
    const late = await one.publish([message("a", "1")]).catch((error: unknown) => error);
    expect(late).to.be.instanceOf(PublishError);
    expect(await one.publish([message("a", "2")]).catch((error: unknown) => error)).to.be.instanceOf(
      PublishError,
    );
    const third = one.publish([message("a", "3")]);
    gates[0]?.resolve();
    await tick();
    expect(sent.map((batch) => batch.messages[0]?.value)).to.deep.equal(["1", "3"]);
    gates[1]?.resolve();
    await third;
  });

  it("gives up a send that never settles", async () => {
    const one = senders({ deadlineMs: 10, stuckAfterMs: 30 });
    await one.publish([message("a", "1")]).catch(() => {});
    await one.settled();
    expect(stuck).to.equal(1);
  });
});
