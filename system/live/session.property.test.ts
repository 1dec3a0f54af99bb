import { expect } from "chai";
import fc from "fast-check";
import { problem } from "../api/problem.ts";
import { systemClock } from "../telemetry/clock.ts";
import { openSubscriptions, sessionWith, unverifiedToken } from "../testing/stomp-session.ts";
import { FrameReader, writeFrame } from "./frames.ts";

const token = await unverifiedToken();

/** Two recordings of alice, and one of bob that she must learn nothing about. */
const owners: Readonly<Record<string, string>> = { a1: "alice", a2: "alice", b1: "bob" };

const newSession = () =>
  sessionWith({
    owners,
    config: { maxSubscriptions: 3, maxConnectionsPerSubject: 1 },
    answer: async (frame, effect) => {
      await systemClock.sleep(0);
      if (frame.headers.has("refuse")) throw problem("recording-not-found");
      effect(frame.headers.get("receipt") ?? "");
      return { status: 202, body: { id: "a1" } };
    },
  });

const maybe = (header: string, values: fc.Arbitrary<string>) =>
  fc.option(
    values.map((value) => ({ [header]: value })),
    { nil: {} },
  );
const headersOf = (...parts: fc.Arbitrary<Record<string, string>>[]) =>
  fc.tuple(...parts).map((given) => Object.assign({}, ...given) as Record<string, string>);
const receipt = maybe("receipt", fc.constantFrom("1", "2", "3", "4"));
const id = fc.constantFrom("s1", "s2", "s3", "s4", "s5");

const connect = headersOf(
  maybe("accept-version", fc.constantFrom("1.2", "1.0,1.1,1.2", "1.2", "1.1")),
  maybe("Authorization", fc.constantFrom(`Bearer ${token}`, `Bearer ${token}`, "Bearer no")),
).map((headers) => writeFrame("CONNECT", headers));
const goodConnect = fc.constant(writeFrame("CONNECT", { "accept-version": "1.2", passcode: token }));
const subscribe = headersOf(
  id.map((one) => ({ id: one })),
  fc
    .constantFrom(
      "/topic/stt/a1",
      "/topic/stt/a2",
      "/user/queue/replies",
      "/user/queue/errors",
      "/topic/stt/b1",
    )
    .map((destination) => ({ destination })),
  receipt,
).map((headers) => writeFrame("SUBSCRIBE", headers));
const send = headersOf(
  fc.constantFrom("/app/stt/start", "/app/stt/a1/chunk").map((destination) => ({ destination })),
  maybe("refuse", fc.constant("yes")),
  receipt,
).map((headers) => writeFrame("SEND", headers, "sound"));
const other = headersOf(maybe("id", id), receipt).chain((headers) =>
  fc
    .constantFrom("UNSUBSCRIBE", "UNSUBSCRIBE", "DISCONNECT", "BEGIN", "ACK", "NONSENSE")
    .map((command) => writeFrame(command, headers)),
);
const step = fc.oneof(
  { weight: 1, arbitrary: connect },
  { weight: 5, arbitrary: subscribe },
  { weight: 5, arbitrary: send },
  { weight: 2, arbitrary: other },
  { weight: 1, arbitrary: fc.constantFrom("\n", "\r\n", "SEND\nbad\n\n\0", "\0") },
  { weight: 2, arbitrary: fc.constantFrom("change a1", "change a2", "change b1") },
);
const steps = fc
  .tuple(
    fc.oneof({ weight: 5, arbitrary: goodConnect }, { weight: 1, arbitrary: step }),
    fc.array(step, { maxLength: 25 }),
  )
  .map(([first, rest]) => [first, ...rest]);

async function play(script: readonly string[]) {
  const { session, hub, admission, events } = newSession();
  let version = 1;
  for (const one of script) {
    const changed = /^change (..)$/.exec(one)?.[1];
    if (changed === undefined) session.receive(Buffer.from(one));
    else hub.changed({ id: changed, status: "ENCODING", version: ++version, progress: null, at: 0 });
    if (script.length % 2 === 0) await systemClock.sleep(0);
  }
  await session.drain();
  return { events, hub, admission };
}

describe("a STOMP session, whatever a client sends", () => {
  it("says nothing but CONNECTED or ERROR first, and nothing after its end", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const { events } = await play(script);
        const commands = events.map((event) =>
          "command" in event ? event.command : "closed" in event ? "closed" : "",
        );
        const said = commands.filter((command) => command !== "");
        expect(said[0]).to.be.oneOf(["CONNECTED", "ERROR", "closed"]);
        expect(said.filter((command) => command === "closed")).to.have.length(1);
        expect(said.at(-1)).to.equal("closed");
        expect(said.filter((command) => command === "CONNECTED").length).to.be.at.most(1);
        const error = said.indexOf("ERROR");
        if (error >= 0) expect(error).to.equal(said.length - 2);
        if (said[0] !== "CONNECTED") expect(commands).not.to.include(""); // no effect either
      }),
    );
  });

  it("gives as many receipts as were asked for at most, and for a SEND only after its effect", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const { events } = await play(script);
        for (const receiptId of ["1", "2", "3", "4"]) {
          const asked = script.filter((one) => one.includes(`\nreceipt:${receiptId}\n`));
          const sends = asked.filter((one) => one.startsWith("SEND"));
          let given = 0;
          let effects = 0;
          for (const event of events) {
            if ("effect" in event && event.effect === receiptId) effects++;
            if (!("command" in event) || event.headers.get("receipt-id") !== receiptId) continue;
            if (event.command === "RECEIPT") given++;
            // All receipts given so far but those of other frames are covered by effects.
            expect(given).to.be.at.most(effects + asked.length - sends.length);
          }
          expect(given).to.be.at.most(asked.length);
        }
      }),
    );
  });

  it("tells of nobody else's recordings, and of its own only where subscribed", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const { events } = await play(script);
        for (const event of events) {
          if (!("command" in event) || event.command !== "MESSAGE") continue;
          const subscription = event.headers.get("subscription");
          const destination = event.headers.get("destination");
          expect(destination).not.to.equal("/topic/stt/b1");
          const asked = script.some((one) => {
            const [frame] = new FrameReader(1_000).read(Buffer.from(one.startsWith("SUBSCRIBE") ? one : ""));
            return (
              frame?.headers.get("id") === subscription && frame?.headers.get("destination") === destination
            );
          });
          expect(asked).to.equal(true);
        }
      }),
    );
  });

  it("leaves nothing behind: its place and its subscriptions are given back", async () => {
    const before = await openSubscriptions();
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const { admission } = await play(script);
        const place = admission.admitSubject("alice");
        expect(place).not.to.equal(null);
      }),
    );
    expect(await openSubscriptions()).to.equal(before);
  });
});
