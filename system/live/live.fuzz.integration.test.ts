import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import fc from "fast-check";
import { ulid } from "ulid";
import { WebSocket } from "ws";
import { until } from "../../harness/util/until.ts";
import { newChunk } from "../testing/factory.ts";
import { LiveInstance } from "../testing/live-instance.ts";
import { useServers } from "../testing/servers.integration.test.ts";
import { StompUser } from "../testing/stomp-user.ts";
import { writeFrame } from "./frames.ts";

const frameCount = 10_000;
const framesPerConnection = 20;
const seed = 20_240_607;
/** Connections at once. */
const concurrency = 16;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Frames of every kind of wrong, and right ones among them, so that the wrong ones meet sessions in every state. */
function arbitraryFrames(token: string, recording: string): fc.Arbitrary<Buffer> {
  const headerValue = fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), fc.string({ maxLength: 10 }));
  const connect = fc.constant(writeFrame("CONNECT", { "accept-version": "1.2", passcode: token }));
  const subscribe = fc
    .tuple(fc.nat(1_000).map(String), fc.constantFrom(`/topic/stt/${recording}`, "/user/queue/errors"))
    .map(([id, destination]) => writeFrame("SUBSCRIBE", { id, destination, receipt: id }));
  const chunk = fc.integer({ min: 0, max: 1_000 }).map((seq) => {
    const headers = { seq: String(seq), "content-type": "application/octet-stream", receipt: "c" };
    return writeFrame("SEND", { destination: `/app/stt/${recording}/chunk`, ...headers }, "sound!");
  });
  const heartbeat = fc.constant(
    writeFrame("SEND", { destination: `/app/stt/${recording}/heartbeat`, receipt: "h" }),
  );
  const valid = fc.oneof(
    { weight: 1, arbitrary: connect }, // a second one is out of place
    { weight: 10, arbitrary: subscribe },
    { weight: 10, arbitrary: chunk },
    { weight: 10, arbitrary: heartbeat },
    { weight: 5, arbitrary: fc.constant("\n") },
  );
  const odd = fc
    .tuple(
      fc.constantFrom("SEND", "SUBSCRIBE", "UNSUBSCRIBE", "CONNECT", "BEGIN", "NACK", "", "\u{1F600}"),
      fc.dictionary(
        fc.oneof(fc.constantFrom("id", "destination", "receipt", "ack", "__proto__"), headerValue),
        headerValue,
      ),
      headerValue,
    )
    .map(([command, headers, body]) => writeFrame(command, headers, body));
  const huge = fc.integer({ min: 1, max: 200_000 }).map((length) => `SEND\nx:${"y".repeat(length)}\n\n\0`);
  const lying = fc
    .constantFrom("-1", "NaN", "0", "3", "99999999999999", "1e9", "")
    .map((length) => `SEND\ncontent-length:${length}\n\nbody\0`);

  const whole = fc.oneof(
    { weight: 8, arbitrary: valid.map((text) => Buffer.from(text)) },
    { weight: 2, arbitrary: odd.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: huge.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: lying.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)) },
  );
  const mutated = fc.tuple(whole, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([bytes, at, byte]) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[at % copy.length] = byte;
    return copy;
  });
  const truncated = fc
    .tuple(whole, fc.nat())
    .map(([bytes, at]) => bytes.subarray(0, bytes.length === 0 ? 0 : at % bytes.length));
  return fc.oneof(
    { weight: 10, arbitrary: whole },
    { weight: 2, arbitrary: mutated },
    { weight: 1, arbitrary: truncated },
  );
}

describe("the live interface, fuzzed", function () {
  this.timeout(300_000);
  const servers = useServers();

  it(`survives ${frameCount} frames, and nothing of them stays`, async () => {
    const audioDir = await mkdtemp(join(tmpdir(), "live-fuzz-"));
    await using instance = await LiveInstance.start({
      databaseUrl: await servers.newDatabase(),
      redisUrl: servers.redisUrl,
      audioDir,
    });
    const token = await LiveInstance.tokenFor("alice");
    const { id: recording } = await instance.recordings.create("alice");
    const failures: unknown[] = [];
    const note = (error: unknown) => failures.push(error);
    process.on("uncaughtExceptionMonitor", note);
    process.on("unhandledRejection", note);

    const frames = fc.sample(arbitraryFrames(token, recording), { seed, numRuns: frameCount });
    const connect = Buffer.from(writeFrame("CONNECT", { "accept-version": "1.2", passcode: token }));
    const sessions = Array.from({ length: frameCount / framesPerConnection }, (_, index) => {
      const own = frames.slice(index * framesPerConnection, (index + 1) * framesPerConnection);
      return index % 4 === 0 ? own : [connect, ...own]; // a quarter begin with whatever comes
    });
    let sent = 0;

    /** Sends frames on one connection, until it is closed or they are used up. @returns those not sent. */
    async function play(session: readonly Buffer[], index: number): Promise<Buffer[]> {
      const socket = new WebSocket(`${instance.baseUrl.replace(/^http/, "ws")}/ws`);
      socket.on("error", () => {}); // "close" follows
      const closed = once(socket, "close");
      await once(socket, "open");
      const left = [...session];
      for (let frame = left.shift(); frame; frame = left.shift()) {
        if (socket.readyState !== WebSocket.OPEN) return [frame, ...left];
        sent++;
        const written = Promise.withResolvers<void>();
        // Some as text: what is no UTF-8 then breaks the WebSocket's own rules.
        socket.send(frame, { binary: (index + left.length) % 3 !== 0 }, () => written.resolve());
        await written.promise;
        // A question to the same database gives the service time to obey, so that later frames meet what came of it.
        if (left.length % 2 === 0) await instance.recordings.view("alice", recording);
      }
      if (index % 2 === 0) socket.terminate();
      else socket.close();
      await closed;
      return left;
    }

    /** All sessions, some at once; frames that a closed connection did not take go over a new one. */
    async function playAll(all: readonly (readonly Buffer[])[]): Promise<void> {
      const queue = [...all.entries()].map(([index, session]) => ({ index, session: [...session] }));
      const worker = async () => {
        for (let next = queue.shift(); next; next = queue.shift()) {
          const left = await play(next.session, next.index);
          if (left.length > 0) queue.push({ index: next.index, session: [connect, ...left] });
        }
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
    }

    const idle = async () => {
      await until(
        async () => (await instance.metric("stt_live_connections")) === 0,
        "no connection is left",
      ).atMost("20s");
      await until(
        async () => (await instance.metric("stt_live_subscriptions")) === 0,
        "no subscription",
      ).atMost("20s");
    };
    const heapUsed = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };

    try {
      // The first tenth warms up: code is compiled, pools are filled.
      const warmUp = sessions.length / 10;
      await playAll(sessions.slice(0, warmUp));
      await idle();
      const heapBefore = heapUsed();
      await playAll(sessions.slice(warmUp));
      await idle();
      expect(sent).to.be.at.least(frameCount);

      await until(async () => (await instance.openSockets()) === 0, "no socket is open").atMost("20s");
      const growth = heapUsed() - heapBefore;
      expect(growth, "bytes of heap that stay").to.be.below(10 * 1024 * 1024);

      const health = await fetch(`${instance.baseUrl}/health/ready`);
      expect(health.status).to.equal(200);
      expect(failures).to.deep.equal([]);
      expect(await instance.metric("stt_live_drops_total", { reason: "internal" })).to.equal(0);
      // It was no empty exercise: both outcomes were met often.
      for (const command of ["RECEIPT", "MESSAGE", "ERROR"]) {
        const frames = await instance.metric("stt_live_frames_total", { direction: "out", command });
        expect(frames, command).to.be.greaterThan(100);
      }

      // And it still works for those who behave.
      await using alice = await StompUser.connect({ baseUrls: [instance.baseUrl], token });
      const id = await alice.start();
      expect((await alice.send(id, 0, newChunk(), true)).status).to.equal(202);
      expect((await alice.send(ulid(), 0, newChunk())).status).to.equal(404);
    } finally {
      process.off("uncaughtExceptionMonitor", note);
      process.off("unhandledRejection", note);
      await rm(audioDir, { recursive: true, force: true });
    }
  });
});
