import { mock } from "node:test";
import { expect } from "chai";
import { Outgoing } from "./outgoing.ts";

const limits = { bufferBytes: 10, stallMs: 1_000 };

describe("what goes out", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
  afterEach(() => mock.timers.reset());

  /** A client that reads only when it is told to. */
  function slowClient() {
    const written: string[] = [];
    const unread: (() => void)[] = [];
    let stalls = 0;
    const write = (text: string, flushed: () => void) => {
      written.push(text);
      unread.push(flushed);
    };
    const outgoing = new Outgoing(write, limits, () => stalls++);
    return { outgoing, written, readOne: () => unread.shift()?.(), stalls: () => stalls };
  }

  it("is written at once while the client reads", () => {
    const { outgoing, written } = slowClient();
    outgoing.send("a");
    outgoing.sendLatest("k", "b");
    expect(written).to.deep.equal(["a", "b"]);
  });

  it("keeps only the latest of each key while the client does not", () => {
    const { outgoing, written, readOne } = slowClient();
    outgoing.send("0123456789a");
    for (const status of ["k1", "k2", "k3"]) outgoing.sendLatest("k", status);
    outgoing.sendLatest("l", "l1");
    outgoing.sendLatest("m", "m1");
    outgoing.forget("m");
    expect(written).to.have.length(1);
    readOne();
    expect(written.slice(1)).to.deep.equal(["k3", "l1"]);
  });

  it("lets nobody wait for room once there is some, or once it is over", async () => {
    const { outgoing, readOne } = slowClient();
    await outgoing.room();
    outgoing.send("0123456789a");
    const room = outgoing.room();
    readOne();
    await room;
    outgoing.send("0123456789a");
    const never = outgoing.room();
    outgoing[Symbol.dispose]();
    await never;
  });

  it("gives a client up that reads nothing for the time to stall, and not one that reads slowly", () => {
    const { outgoing, readOne, stalls } = slowClient();
    for (let n = 0; n < 5; n++) outgoing.send("0123456789a");
    for (let n = 0; n < 3; n++) {
      mock.timers.tick(999);
      readOne();
    }
    expect(stalls()).to.equal(0);
    mock.timers.tick(1_000);
    expect(stalls()).to.equal(1);
  });

  it("forgives a stall that ended", () => {
    const { outgoing, readOne, stalls } = slowClient();
    outgoing.send("0123456789a");
    readOne();
    mock.timers.tick(10_000);
    expect(stalls()).to.equal(0);
  });
});
