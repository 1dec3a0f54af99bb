import { expect } from "chai";
import { messageHeaders } from "../contract/messages.ts";
import { deadLetterTopics, type RetryTopology, retryTopics, stageTopics } from "../contract/topics.ts";
import type { IncomingMessage } from "../messaging/messaging.ts";
import { type JobState, ProviderError } from "../provider/speech-provider.ts";
import { AudioCorrupted } from "../storage/audio-store.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { stageMessage } from "./messages.ts";
import { Overtaken, RecordingBusy } from "./stage.ts";
import { OneRow, outboxOf, type WrittenMessage } from "./testing/one-row.ts";
import { type UpstreamJob, UpstreamStage } from "./upstream-stage.ts";
import { WorkLimit } from "./work-limit.ts";

describe("a stage that waits for the upstream", () => {
  let table: OneRow;
  let outbox: WrittenMessage[];
  let submit: () => Promise<string>;
  let poll: () => Promise<JobState<string>>;
  let submissions: number;
  let lockFree: boolean;
  let lost: AbortSignal;
  let slept: number[];

  const stage = (attempts = 5, layout: RetryTopology["layout"] = "single") => {
    const metrics = createMetrics("test");
    const tx = outboxOf((message) => void outbox.push(message));
    const job: UpstreamJob = {
      stage: "processing",
      rid: (row) => row.sttRid,
      submit: () => {
        submissions++;
        return submit();
      },
      poll: () => poll(),
      submitted: (sttRid) => ({ sttRid }),
      finished: (text) => ({ to: "SUMMARIZING", findings: { text } }),
      next: (row) => [stageMessage("summarizing", row)],
    };
    return new UpstreamStage(job, {
      database: { query: tx.query, transaction: (work) => work(tx) },
      transcriptions: table,
      cache: { moment: () => 0, put: async () => {} },
      locks: { withLock: async (_id, work) => (lockFree ? work(lost) : "busy") },
      clock: { now: () => 10_000, sleep: async (ms) => void slept.push(ms) },
      retry: { delayMs: 2_000, attempts, layout },
      limit: new WorkLimit("upstream", 1, metrics),
      logger: createLogger("test", "silent"),
      metrics,
    });
  };
  const message = (
    attempt: number,
    notBefore?: number,
    headers: Record<string, string> = {},
  ): IncomingMessage => ({
    topic: stageTopics.processing,
    partition: 2,
    offset: 17n,
    key: "r1",
    value: '{"recordingId":"r1"}',
    headers: {
      [messageHeaders.version]: "4",
      [messageHeaders.attempt]: String(attempt),
      ...(notBefore === undefined ? {} : { [messageHeaders.notBefore]: String(notBefore) }),
      ...headers,
    },
  });
  const handle = (attempt: number, attempts?: number) =>
    stage(attempts).handler()(message(attempt), new AbortController().signal);
  const errorOf = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  beforeEach(() => {
    table = new OneRow();
    outbox = [];
    slept = [];
    submissions = 0;
    lockFree = true;
    lost = new AbortController().signal;
    submit = async () => "rid-1";
    poll = async () => ({ done: false, progress: 50 });
  });

  it("submits, asks again, and hands on the result", async () => {
    await handle(0);
    expect(table.row).to.include({ sttRid: "rid-1", attempt: 1, status: "PROCESSING" });
    expect(outbox[0]?.topic).to.equal(retryTopics.processing);
    expect(outbox[0]?.headers).to.include({ attempt: "1", "not-before": "12000" });
    await handle(1);
    expect(table.row).to.include({ progress: 50, attempt: 2 });
    poll = async () => ({ done: true, result: "hello" });
    await handle(2);
    expect(table.row).to.include({ status: "SUMMARIZING", text: "hello", version: 5, attempt: 0 });
    expect(outbox.map((one) => one.topic)).to.deep.equal([
      retryTopics.processing,
      retryTopics.processing,
      stageTopics.summarizing,
    ]);
    expect(submissions).to.equal(1);
  });

  it("gives up at once when the WAV is gone: asking again would not bring it back", async () => {
    submit = () => Promise.reject(new AudioCorrupted("the WAV of r1 was written and is gone"));
    await handle(0);
    expect(table.row).to.include({ status: "FAILED", error: "the WAV of r1 was written and is gone" });
    expect(outbox.map(({ topic }) => topic)).to.deep.equal([deadLetterTopics.processing]);
  });

  it("drops a repeated message without asking or publishing anything", async () => {
    await handle(0);
    await handle(0);
    expect(submissions).to.equal(1);
    expect(outbox).to.have.length(1);
    table.row = { ...table.row, status: "COMPLETED" };
    await handle(1);
    expect(outbox).to.have.length(1);
  });

  it("tries again after a failure that may pass", async () => {
    submit = async () => {
      throw new ProviderError("503", true);
    };
    await handle(0);
    expect(table.row).to.include({ sttRid: null, attempt: 1 });
    expect(outbox.map((one) => one.topic)).to.deep.equal([retryTopics.processing]);
  });

  it("gives up on a failure that will not, with the dead letter in the same write", async () => {
    submit = async () => {
      throw new ProviderError("422: no speech", false);
    };
    await handle(0);
    expect(table.row).to.include({ status: "FAILED", error: "422: no speech" });
    expect(outbox).to.have.length(1);
    expect(outbox[0]?.topic).to.equal(deadLetterTopics.processing);
    expect(outbox[0]?.headers).to.include({ cause: "422: no speech" });
  });

  it("waits as long as the upstream asks, the part beyond the delay in the outbox", async () => {
    submit = async () => {
      throw new ProviderError("429: not so fast", true, { retryAfterMs: 60_000 });
    };
    await handle(0);
    expect(outbox[0]?.headers).to.include({ "not-before": "70000" });
    expect(outbox[0]?.holdMs).to.equal(58_000);
  });

  it("writes into the headers where the chain began, what failed last, and since when", async () => {
    const fail = (cause: string) => async () => {
      throw new ProviderError(cause, true);
    };
    submit = fail("503 at first");
    await handle(0);
    const origin = { "origin-topic": stageTopics.processing, "origin-partition": "2", "origin-offset": "17" };
    expect(outbox[0]?.headers).to.include({
      ...origin,
      attempt: "1",
      version: "4",
      cause: "503 at first",
      "first-failure": "10000",
    });

    submit = fail("x".repeat(3_000));
    const first = { ...outbox[0]?.headers, "origin-offset": "3", "first-failure": "7000" };
    await stage().handler()(message(1, 0, first), new AbortController().signal);
    const second = outbox[1]?.headers ?? {};
    expect(second).to.include({ "origin-offset": "3", "first-failure": "7000", cause: "x".repeat(200) });

    submit = async () => "rid-1";
    await stage().handler()(message(2, 0, second), new AbortController().signal);
    expect(outbox[2]?.headers, "no failure, but still the last one").to.include({ cause: "x".repeat(200) });

    poll = async () => {
      throw new ProviderError("404: no such job", false);
    };
    await stage().handler()(message(3, 0, outbox[2]?.headers), new AbortController().signal);
    expect(outbox[3]?.topic).to.equal(deadLetterTopics.processing);
    expect(outbox[3]?.headers).to.include({
      "origin-offset": "3",
      attempt: "3",
      cause: "404: no such job",
      "first-failure": "7000",
    });
  });

  it("has a topic for each attempt when asked to", async () => {
    for (const attempt of [0, 1]) {
      await stage(5, "per-attempt").handler()(message(attempt), new AbortController().signal);
    }
    expect(outbox.map((one) => one.topic)).to.deep.equal([
      "stt-processing-topic-retry-0",
      "stt-processing-topic-retry-1",
    ]);
  });

  it("drops the messages of before a requeue, whatever their attempt", async () => {
    table.row = { ...table.row, version: 6 };
    await handle(3);
    expect(submissions).to.equal(0);
    expect(outbox).to.deep.equal([]);
  });

  it("gives up when the attempts are used up", async () => {
    await handle(0, 2);
    await handle(1, 2);
    expect(table.row.status).to.equal("FAILED");
    expect(outbox.map((one) => one.topic)).to.deep.equal([
      retryTopics.processing,
      deadLetterTopics.processing,
    ]);
  });

  it("does not acknowledge when a later holder took over, and writes nothing", async () => {
    table.beforeWrite = () => {
      table.row = { ...table.row, fence: "99" };
    };
    expect(await errorOf(handle(0))).to.be.instanceOf(Overtaken);
    expect(table.row.sttRid).to.equal(null);
    expect(outbox).to.deep.equal([]);
  });

  it("does not ask the upstream, nor acknowledge, when it finds its lock lost", async () => {
    const reason = new Error("the lock is another's");
    lost = AbortSignal.abort(reason);
    expect(await errorOf(handle(0))).to.equal(reason);
    expect(submissions).to.equal(0);
    expect(outbox).to.deep.equal([]);
  });

  it("keeps what the upstream answered although its lock was lost meanwhile, if nobody took over", async () => {
    const losing = new AbortController();
    lost = losing.signal;
    submit = async () => {
      losing.abort(new Error("the lock is another's"));
      return "rid-1";
    };
    await handle(0);
    expect(table.row).to.include({ sttRid: "rid-1", attempt: 1 });
  });

  it("does not acknowledge while another instance has the lock", async () => {
    lockFree = false;
    expect(await errorOf(handle(0))).to.be.instanceOf(RecordingBusy);
    expect(submissions).to.equal(0);
  });

  it("waits until a retry message is due, but never longer than the delay", async () => {
    const retry = stage().retryHandler();
    const { signal } = new AbortController();
    await retry(message(0, 11_500), signal);
    await retry(message(1, 9_999_999), signal);
    await retry(message(2, 9_000), signal);
    expect(slept).to.deep.equal([1_500, 2_000]);
    expect(table.row.attempt).to.equal(3);
  });

  it("drops what it cannot read", async () => {
    const malformed = { ...message(0), value: "{" };
    await stage().handler()(malformed, new AbortController().signal);
    expect(submissions).to.equal(0);
  });
});
