import { expect } from "chai";
import fc from "fast-check";
import { partitionOf } from "../messaging/partitioner.ts";
import { afterFailure, deadLetter, parseMessage, retryMessage, stageMessage } from "./messages.ts";

const row = { id: "r1", version: 4, attempt: 3 };
const place = { partition: 1, offset: 9n, key: "r1" };
const origin = { topic: "stt-processing-topic", partition: "0", offset: "5" };

describe("the stages' messages", () => {
  it("say the same after a way through Kafka", () => {
    const cause = fc.string({ maxLength: 200 });
    const trail = fc.record({
      origin: fc.constant(origin),
      failure: fc.option(fc.record({ cause, firstAt: fc.nat() }), { nil: undefined }),
    });
    fc.assert(
      fc.property(trail, fc.nat(), fc.nat(), ({ failure, ...rest }, now, delayMs) => {
        const given = failure ? { ...rest, failure } : rest;
        const timing = { now, delayMs, windowMs: 2_000 };
        const sent = retryMessage("processing", row, "single", timing, given);
        expect(parseMessage({ ...place, ...sent })).to.deep.equal({
          recordingId: "r1",
          version: 4,
          attempt: 3,
          createdAt: 0,
          notBefore: now + delayMs,
          trail: given,
        });
        // What waits in the outbox and what may wait at the partition make up the delay.
        expect((sent.holdMs ?? 0) + Math.min(delayMs, timing.windowMs)).to.equal(delayMs);
      }),
    );
  });

  it("begin a trail where the stage's first one was, which later ones carry on", () => {
    const first = parseMessage({ ...place, ...stageMessage("processing", row) });
    if (!first) throw new Error("it was not understood");
    expect(first.trail).to.deep.equal({
      origin: { topic: "stt-processing-topic", partition: "1", offset: "9" },
    });
    const once = afterFailure(first.trail, "503", 1_000);
    const twice = afterFailure(once, "504", 2_000);
    expect(twice.failure).to.deep.equal({ cause: "504", firstAt: 1_000 });
    const { headers } = deadLetter("processing", row, afterFailure(once, "x".repeat(5_000), 3_000));
    expect(headers).to.include({ "origin-offset": "9", "first-failure": "1000", cause: "x".repeat(2_000) });
  });

  it("fall into the partition of their topic", () => {
    expect(stageMessage("encoding", row).lane).to.equal(partitionOf("r1", 3));
    const timing = { now: 0, delayMs: 0, windowMs: 0 };
    expect(retryMessage("processing", row, "per-attempt", timing, { origin }).lane).to.equal(0);
  });

  it("are dropped when they are none", () => {
    const good = { ...place, ...stageMessage("processing", row) };
    const bad = [
      { ...good, value: "{" },
      { ...good, value: '{"recordingId":""}' },
      ...["version", "attempt"].flatMap((name) => [
        { ...good, headers: { ...good.headers, [name]: "-1" } },
        {
          ...good,
          headers: Object.fromEntries(Object.entries(good.headers).filter(([one]) => one !== name)),
        },
      ]),
      { ...good, headers: { ...good.headers, "not-before": "soon" } },
    ];
    expect(parseMessage(good)).not.to.equal(null);
    for (const message of bad) expect(parseMessage(message), JSON.stringify(message.headers)).to.equal(null);
  });
});
