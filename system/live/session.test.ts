import { mock } from "node:test";
import { expect } from "chai";
import { KeysUnavailable } from "../api/auth.ts";
import { problem } from "../contract/api.ts";
import { DatabaseUnavailable } from "../storage/database.ts";
import { systemClock } from "../telemetry/clock.ts";
import { type SessionEvent, sessionWith, unverifiedToken } from "../testing/stomp-session.ts";
import { writeFrame } from "./frames.ts";

const token = await unverifiedToken();
const connect = writeFrame("CONNECT", { "accept-version": "1.2", passcode: token });
const send = writeFrame("SEND", { destination: "/app/stt/r/heartbeat", receipt: "r" });
const errors = writeFrame("SUBSCRIBE", { id: "e", destination: "/user/queue/errors" });

/** What a session says to these frames. */
async function saying(made: ReturnType<typeof sessionWith>, ...frames: string[]): Promise<SessionEvent[]> {
  for (const frame of frames) made.session.receive(Buffer.from(frame));
  // Nothing here needs more than a few turns of the event loop.
  for (let turn = 0; turn < 20; turn++) await systemClock.sleep(0);
  return made.events;
}

const command = (event: SessionEvent | undefined) =>
  event && "command" in event ? event.command : undefined;
const header = (event: SessionEvent | undefined, name: string) =>
  event && "command" in event ? event.headers.get(name) : undefined;
const body = (event: SessionEvent | undefined) =>
  problem.parse(JSON.parse(event && "command" in event ? Buffer.from(event.body).toString() : ""));

describe("a STOMP session", () => {
  it("agrees on heart-beats, and says who it is", async () => {
    const [connected] = await saying(sessionWith({}), connect);
    expect(header(connected, "version")).to.equal("1.2");
    expect(header(connected, "heart-beat")).to.equal("10000,10000");
    expect(header(connected, "session")).to.be.a("string");
    expect(header(connected, "server")).to.match(/^faultline-stt\/\d/);
  });

  it("takes the token from either header, and the word STOMP for CONNECT", async () => {
    for (const headers of [
      { Authorization: `Bearer ${token}` },
      { authorization: `bearer ${token}` },
      { passcode: token },
    ]) {
      const [connected] = await saying(
        sessionWith({}),
        writeFrame("STOMP", { "accept-version": "1.1,1.2", ...headers }),
      );
      expect(command(connected)).to.equal("CONNECTED");
    }
  });

  it("asks to come back later when nobody can say whether the token is good", async () => {
    const verify = async () => {
      throw new KeysUnavailable("no keys");
    };
    const [error, closed] = await saying(sessionWith({ tokens: { verify } }), connect);
    expect(body(error)).to.include({ status: 503 });
    expect(closed).to.deep.equal({ closed: 1013 });
  });

  it("says on the queue of errors what could not be done, and goes on", async () => {
    const made = sessionWith({
      answer: async () => {
        throw new DatabaseUnavailable("gone");
      },
    });
    const [, refusal, ...rest] = await saying(made, connect, errors, send);
    expect(command(refusal)).to.equal("MESSAGE");
    expect(header(refusal, "receipt-id")).to.equal("r");
    expect(header(refusal, "retry-after")).to.equal("1");
    expect(body(refusal)).to.include({ status: 503, instance: "/app/stt/r/heartbeat" });
    expect(rest).to.deep.equal([]);
  });

  it("ends by an ERROR that has the refusal when nobody listens for it", async () => {
    const made = sessionWith({
      answer: async () => {
        throw new DatabaseUnavailable("gone");
      },
    });
    const [, error, closed] = await saying(made, connect, send);
    expect([command(error), header(error, "receipt-id"), body(error).status]).to.deep.equal([
      "ERROR",
      "r",
      503,
    ]);
    expect(closed).to.deep.equal({ closed: 1013 });
  });

  it("keeps to itself what went wrong in the service", async () => {
    const made = sessionWith({
      answer: async () => {
        throw new TypeError("a secret of the implementation");
      },
    });
    const [, error, closed] = await saying(made, connect, errors, send);
    expect(header(error, "message")).to.equal("the service made a mistake");
    expect(JSON.stringify(error)).not.to.contain("secret");
    expect(closed).to.deep.equal({ closed: 1011 });
  });

  it("sends no receipt for what is not done when the connection ends", async () => {
    const gate = Promise.withResolvers<{ status: number }>();
    const made = sessionWith({ answer: () => gate.promise });
    await saying(made, connect, send);
    made.session.end();
    gate.resolve({ status: 204 });
    expect((await saying(made)).map(command)).to.deep.equal(["CONNECTED"]);
  });

  it("tells nothing more of a recording that it unsubscribed from", async () => {
    const made = sessionWith({ owners: { r: "alice" } });
    const subscribe = writeFrame("SUBSCRIBE", { id: "s", destination: "/topic/stt/r" });
    await saying(made, connect, subscribe, writeFrame("UNSUBSCRIBE", { id: "s", receipt: "u" }));
    made.hub.changed({ id: "r", status: "ENCODING", version: 2, progress: null, at: 0 });
    expect((await saying(made)).map(command)).to.deep.equal(["CONNECTED", "MESSAGE", "RECEIPT"]);
  });

  describe("in time", () => {
    beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "setInterval"] }));
    afterEach(() => mock.timers.reset());
    /** A session that does not mind that the fake connection has no heart-beats. */
    const patient = () => sessionWith({ config: { heartBeatMs: 1_000_000 } });
    const turns = async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    };

    it("ends when the token does", async () => {
      const made = patient();
      const passcode = await unverifiedToken(60);
      made.session.receive(Buffer.from(writeFrame("CONNECT", { "accept-version": "1.2", passcode })));
      await turns();
      mock.timers.tick(57_000);
      expect(made.events.map(command)).to.deep.equal(["CONNECTED"]);
      mock.timers.tick(4_000);
      expect(header(made.events[1], "message")).to.contain("expired");
      expect(made.events[2]).to.deep.equal({ closed: 1008 });
    });

    it("ends when a frame is begun and not ended", async () => {
      const made = patient();
      made.session.receive(Buffer.from(`${connect}`));
      await turns();
      made.session.receive(Buffer.from("SEND\nno-colon-and-no-end"));
      await turns();
      mock.timers.tick(60_000);
      expect(header(made.events[1], "message")).to.contain("not ended");
    });

    it("goes on when the frame does end", async () => {
      const made = patient();
      made.session.receive(Buffer.from(connect));
      await turns();
      made.session.receive(Buffer.from(send.slice(0, 10)));
      await turns();
      mock.timers.tick(15_000);
      made.session.receive(Buffer.from(send.slice(10)));
      await turns();
      mock.timers.tick(50_000);
      expect(made.events.map(command)).to.deep.equal(["CONNECTED", "RECEIPT"]);
    });
  });
});
