import { expect } from "chai";
import { messageHeaders } from "../contract/messages.ts";
import { deadLetterTopics, retryTopics, stageTopics } from "../contract/topics.ts";
import type { IncomingMessage } from "../messaging/messaging.ts";
import { type JobState, ProviderError } from "../provider/speech-provider.ts";
import type { Queryable } from "../storage/database.ts";
import type { Basis, FencedBasis, Findings, Transcription } from "../storage/transcriptions.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { stageMessage } from "./messages.ts";
import { Overtaken, RecordingBusy } from "./stage.ts";
import { type UpstreamJob, UpstreamStage } from "./upstream-stage.ts";

const fresh: Transcription = {
  id: "r1",
  owner: "o",
  status: "PROCESSING",
  version: 4,
  fence: "0",
  attempt: 0,
  progress: null,
  sttRid: null,
  summaryRid: null,
  text: null,
  summary: null,
  error: null,
};

/** A table with one row, with the compare-and-set of the real statements. */
class OneRow {
  row: Transcription = fresh;
  /** Runs between the upstream's answer and the write. */
  beforeWrite = () => {};

  async find(_on: unknown, id: string) {
    return id === this.row.id ? this.row : null;
  }
  async mintFence() {
    if (this.row.status !== "PROCESSING") return null;
    this.row = { ...this.row, fence: String(Number(this.row.fence) + 1) };
    return this.row;
  }
  async transition(
    _tx: unknown,
    basis: Basis | FencedBasis,
    to: Transcription["status"],
    findings: Findings = {},
  ) {
    this.beforeWrite();
    if (!this.#matches(basis)) return null;
    this.row = { ...this.row, ...findings, status: to, version: this.row.version + 1, attempt: 0 };
    return this.row;
  }
  async recordAttempt(_tx: unknown, basis: FencedBasis, findings: Findings) {
    this.beforeWrite();
    if (!this.#matches(basis) || basis.attempt !== this.row.attempt) return null;
    this.row = { ...this.row, ...findings, attempt: this.row.attempt + 1 };
    return this.row;
  }
  #matches(basis: Basis | FencedBasis): boolean {
    const { status, version, fence } = this.row;
    return (
      basis.status === status && basis.version === version && (!("fence" in basis) || basis.fence === fence)
    );
  }
}

describe("a stage that waits for the upstream", () => {
  let table: OneRow;
  let outbox: { topic: string; headers: Record<string, string> }[];
  let submit: () => Promise<string>;
  let poll: () => Promise<JobState<string>>;
  let submissions: number;
  let lockFree: boolean;
  let slept: number[];

  const stage = (attempts = 5) => {
    const tx: Queryable = {
      query: async (text, values = []) => {
        if (!text.startsWith("insert into outbox")) throw new Error(`unexpected statement: ${text}`);
        outbox.push({ topic: String(values[0]), headers: JSON.parse(String(values[4])) });
        return { rows: [], rowCount: 1, command: "", oid: 0, fields: [] };
      },
    };
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
      locks: { withLock: async (_id, work) => (lockFree ? work() : "busy") },
      clock: { now: () => 10_000, sleep: async (ms) => void slept.push(ms) },
      retry: { delayMs: 2_000, attempts },
      logger: createLogger("test", "silent"),
      metrics: createMetrics("test"),
    });
  };
  const message = (attempt: number, notBefore?: number): IncomingMessage => ({
    topic: stageTopics.processing,
    partition: 0,
    offset: 0n,
    key: "r1",
    value: '{"recordingId":"r1"}',
    headers: {
      [messageHeaders.attempt]: String(attempt),
      ...(notBefore === undefined ? {} : { [messageHeaders.notBefore]: String(notBefore) }),
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
