import { expect } from "chai";
import { type OutgoingMessage, PublishError } from "../messaging/messaging.ts";
import type { OutboxRow, OutboxStore } from "../storage/outbox.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { Relay, type Stall } from "./relay.ts";

const row = (id: number, lane = 0): OutboxRow => ({
  id: String(id),
  topic: "t",
  key: `k${lane}`,
  lane,
  value: "",
  headers: {},
});

/** An outbox in memory. */
class MemoryOutbox implements OutboxStore {
  rows: OutboxRow[] = [];
  leaseFree = true;
  released = false;
  /** How often the lease was asked for. */
  asked = 0;
  markFailures = 0;
  lookFailures = 0;

  async hold() {
    this.asked++;
    return this.leaseFree;
  }
  async release() {
    this.released = true;
  }
  async unsent(exceptLanes: readonly string[]) {
    if (this.lookFailures-- > 0) throw new Error("database away");
    return this.rows.filter((one) => !exceptLanes.includes(`${one.topic}/${one.lane}`));
  }
  async markSent(ids: readonly string[]) {
    if (this.markFailures-- > 0) throw new Error("database away");
    this.rows = this.rows.filter((one) => !ids.includes(one.id));
  }
  async backlog() {
    return { count: this.rows.length, oldestSeconds: 0, held: 0 };
  }
  async purge() {}
}

describe("the outbox relay", () => {
  let outbox: MemoryOutbox;
  let relay: Relay;
  let publish: (messages: readonly OutgoingMessage[]) => Promise<void>;
  const published: string[] = [];

  const start = (stall?: Stall) => {
    relay = new Relay(
      outbox,
      { publish: (messages) => publish(messages) },
      "me",
      createLogger("test", "silent"),
      createMetrics("test"),
      stall,
    );
  };
  const note = (messages: readonly OutgoingMessage[]) => {
    for (const message of messages) published.push((message as OutboxRow).id);
  };
  const until = async (condition: () => boolean) => {
    while (!condition()) {
      relay.wake();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  };

  beforeEach(() => {
    outbox = new MemoryOutbox();
    published.length = 0;
    publish = async (messages) => note(messages);
  });
  afterEach(() => relay[Symbol.asyncDispose]());

  it("publishes in order and marks what was acknowledged", async () => {
    outbox.rows = [row(1), row(2), row(3)];
    start();
    await until(() => outbox.rows.length === 0);
    expect(published).to.deep.equal(["1", "2", "3"]);
  });

  it("does nothing without the lease, and gives it back at the end", async () => {
    outbox.leaseFree = false;
    outbox.rows = [row(1)];
    start();
    await new Promise<void>((resolve) => setImmediate(resolve));
    await relay[Symbol.asyncDispose]();
    expect(published).to.deep.equal([]);
    expect(outbox.released).to.equal(true);
  });

  it("goes on with other lanes while one hangs, which it does not enter a second time", async () => {
    const gate = Promise.withResolvers<void>();
    publish = async (messages) => {
      note(messages);
      if ((messages[0] as OutboxRow).lane === 0) await gate.promise;
    };
    outbox.rows = [row(1, 0), row(2, 1)];
    start();
    await until(() => outbox.rows.length === 1);
    outbox.rows.push(row(3, 0), row(4, 1));
    await until(() => outbox.rows.length === 2);
    expect(published).to.have.members(["1", "2", "4"]);
    gate.resolve();
    await until(() => outbox.rows.length === 0);
    expect(published.slice(-1)).to.deep.equal(["3"]);
  });

  it("keeps exactly the rows that were not acknowledged", async () => {
    let failing = true;
    publish = async (messages) => {
      const bad = messages[1];
      if (failing && bad) {
        failing = false;
        throw new PublishError([{ message: bad, reason: new Error("no") }]);
      }
      note(messages);
    };
    outbox.rows = [row(1), row(2), row(3)];
    start();
    await until(() => outbox.rows.length === 1);
    expect(outbox.rows[0]?.id).to.equal("2");
    await until(() => outbox.rows.length === 0);
    expect(published).to.deep.equal(["2"]);
  });

  it("looks again when it could not look", async () => {
    outbox.lookFailures = 1;
    outbox.rows = [row(1)];
    start();
    await until(() => outbox.rows.length === 0);
    expect(published).to.deep.equal(["1"]);
  });

  it("gives the lease up for a while when nothing is acknowledged, and goes on when it has it again", async () => {
    const gate = Promise.withResolvers<void>();
    publish = async (messages) => {
      await gate.promise;
      note(messages);
    };
    outbox.rows = [row(1)];
    start({ afterMs: 10, standAsideMs: 20 });
    await until(() => outbox.released);
    const asked = outbox.asked;
    gate.resolve();
    await until(() => outbox.asked > asked && outbox.rows.length === 0);
    expect(published).to.deep.equal(["1"]);
  });

  it("keeps the lease while some lane goes on, or nothing is to be published", async () => {
    publish = async (messages) => {
      if ((messages[0] as OutboxRow).lane === 0) await new Promise<void>(() => {});
      note(messages);
    };
    outbox.rows = [row(0, 0)];
    start({ afterMs: 200, standAsideMs: 20 });
    const end = performance.now() + 600;
    let id = 1;
    await until(() => {
      if (outbox.rows.length === 1) outbox.rows.push(row(id++, 1));
      return performance.now() > end;
    });
    expect(outbox.released).to.equal(false);
  });

  it("publishes again what it could not mark", async () => {
    outbox.markFailures = 1;
    outbox.rows = [row(1)];
    start();
    await until(() => outbox.rows.length === 0);
    expect(published).to.deep.equal(["1", "1"]);
  });
});
