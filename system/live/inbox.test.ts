import { expect } from "chai";
import { systemClock } from "../telemetry/clock.ts";
import { type Frame, FrameReader } from "./frames.ts";
import { Inbox } from "./inbox.ts";

const bytes = (n: number) => Buffer.from(`SEND\nn:${n}\n\n\0`);
const plenty = 1_000_000;

function inbox(onFrame: (n: number) => Promise<void>, framesPerSecond = plenty, clock = systemClock) {
  const log = { errors: [] as unknown[], reading: [] as boolean[], idle: 0 };
  const made = new Inbox(new FrameReader(10_000_000), framesPerSecond, clock, {
    onFrame: (frame: Frame) => onFrame(Number(frame.headers.get("n"))),
    onError: (error) => log.errors.push(error),
    onIdle: () => log.idle++,
    onReading: (reading) => log.reading.push(reading),
  });
  return { inbox: made, log };
}

describe("the inbox", () => {
  it("handles one frame after another, in order", async () => {
    const log: string[] = [];
    const { inbox: box } = inbox(async (n) => {
      log.push(`begin ${n}`);
      await systemClock.sleep(0);
      log.push(`end ${n}`);
    });
    for (const n of [1, 2, 3]) box.add(bytes(n));
    await box.drain();
    expect(log).to.deep.equal(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
  });

  it("goes on with what comes while nothing is left", async () => {
    const handled: number[] = [];
    const { inbox: box, log } = inbox(async (n) => {
      handled.push(n);
      // Comes in the very turn in which the one before is done.
      if (n < 5) queueMicrotask(() => box.add(bytes(n + 1)));
    });
    box.add(bytes(1));
    while (handled.length < 5) await systemClock.sleep(0);
    expect(handled).to.deep.equal([1, 2, 3, 4, 5]);
    expect(log.errors).to.deep.equal([]);
  });

  it("stops reading while much waits, and takes nothing more when drained", async () => {
    const gate = Promise.withResolvers<void>();
    const handled: number[] = [];
    const { inbox: box, log } = inbox(async (n) => {
      await gate.promise;
      handled.push(n);
    });
    box.add(bytes(0));
    const large = Buffer.concat([
      Buffer.from("SEND\nn:1\n\n"),
      Buffer.alloc(300_000, "x"),
      Buffer.from("\0"),
    ]);
    box.add(large);
    expect(log.reading).to.deep.equal([false]);
    gate.resolve();
    const drained = box.drain();
    box.add(bytes(2));
    await drained;
    expect(handled).to.deep.equal([0, 1]);
    expect(box.reading).to.equal(false);
  });

  it("reads again when the work is done", async () => {
    const { inbox: box, log } = inbox(async () => {});
    box.add(Buffer.concat([Buffer.from("SEND\nn:1\n\n"), Buffer.alloc(300_000, "x"), Buffer.from("\0")]));
    while (log.idle === 0) await systemClock.sleep(0);
    expect(log.reading).to.deep.equal([false, true]);
  });

  it("handles nothing after an error, and reports it once", async () => {
    const handled: number[] = [];
    const { inbox: box, log } = inbox(async (n) => {
      handled.push(n);
      box.close();
    });
    box.add(Buffer.concat([bytes(1), bytes(2)]));
    await box.drain();
    expect(handled).to.deep.equal([1]);

    const broken = inbox(async () => {});
    broken.inbox.add(Buffer.from("SEND\na:\\t\n\n\0"));
    await broken.inbox.drain();
    expect(broken.log.errors).to.have.length(1);
    expect(log.errors).to.deep.equal([]);
  });

  it("lets a burst through and then handles no more frames a second than it may", async () => {
    let now = 0;
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        now += ms;
      },
    };
    const times: number[] = [];
    const { inbox: box, log } = inbox(async () => void times.push(now), 10, clock);
    for (let n = 0; n < 30; n++) box.add(bytes(n));
    await box.drain();
    expect(times.filter((time) => time === 0)).to.have.length(10);
    expect(times.at(-1)).to.equal(2_000);
    expect(log.reading[0]).to.equal(false);
  });
});
