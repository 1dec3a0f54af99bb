import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { checkHistory } from "../checkers/check.ts";
import { transcription } from "../checkers/transcription.ts";
import { submittedOnce } from "../checkers/upstream.ts";
import { pairOperations } from "../history/operations.ts";
import { type History, openHistory } from "../history/recorder.ts";
import { systemClock } from "../util/clock.ts";
import { UsageError } from "../util/errors.ts";
import { until } from "../util/until.ts";
import { FakeService } from "./testing/fake-service.ts";
import { type TranscriptionStats, type TranscriptionsOptions, transcriptions } from "./transcriptions.ts";
import type { RunningWorkload, WorkloadContext } from "./workload.ts";

const secret = "a secret for tests that is long enough";
const quick: TranscriptionsOptions = { rate: 50, chunks: 3, chunk: "5ms", poll: "5ms", drainWithin: "5s" };

describe("the transcriptions workload", () => {
  let folder: string;
  let fake: FakeService;
  let history: History;
  let context: WorkloadContext;
  const cancel = new AbortController();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "workload-"));
    fake = await FakeService.start(folder, secret);
    history = openHistory(join(folder, "history.ndjson"));
    context = {
      history,
      services: fake.services,
      lockers: [],
      consumers: [],
      load: { kafka: [] },
      jwtSecret: secret,
      audioFolder: folder,
      upstreamUrl: fake.upstreamUrl,
      seed: 7,
      clock: systemClock,
      signal: cancel.signal,
      ...{ installed: {}, folder, sample: () => {}, spawned: () => {}, broken: () => {} },
    };
  });
  afterEach(async () => {
    await fake[Symbol.asyncDispose]();
    history.close();
    rmSync(folder, { recursive: true });
  });

  /** Runs until so many users have been started, drains, and reads. */
  async function run(users: number, options = quick): Promise<RunningWorkload<TranscriptionStats>> {
    const workload = transcriptions(options).start(context);
    await until(() => workload.stats().started >= users, `${users} users`)
      .every("5ms")
      .atMost("5s");
    await workload.drained();
    history.phase = "drain";
    await workload.finalReads();
    await workload[Symbol.asyncDispose]();
    return workload;
  }
  const operations = (f: string) => pairOperations(history.events).filter(({ invoke }) => invoke.f === f);
  const verdicts = () =>
    checkHistory(history.events, [transcription(), submittedOnce()]).results.map(({ verdict }) => verdict);

  it("records, converts and reads back every recording", async () => {
    const workload = await run(10);
    const { started, accepted, completed, active, refused } = workload.stats();
    expect({ accepted, completed, active, refused }).to.deep.equal({
      accepted: started,
      completed: started,
      active: 0,
      refused: 0,
    });
    expect(verdicts()).to.deep.equal(["passed", "passed"]);
    expect(operations("result")).to.have.length(started);
    expect(operations("upstream")).to.have.length(1);
  });

  it("lets a share of users fall silent, and reads what becomes of their recordings", async () => {
    fake.endsSilent = true;
    const workload = await run(10, { ...quick, silent: 0.5 });
    const { started, accepted, completed } = workload.stats();
    expect({ accepted, completed }).to.deep.equal({ accepted: started, completed: started });
    const silent = operations("silence").map(({ invoke }) => invoke.key);
    expect(silent).to.have.lengthOf(Math.floor(started / 2));
    expect(operations("finish").filter(({ invoke }) => silent.includes(invoke.key ?? ""))).to.deep.equal([]);
    expect(operations("result")).to.have.lengthOf(started);
    expect(verdicts()).to.deep.equal(["passed", "passed"]);
  });

  it("refuses a share that is none, and silence after nothing", () => {
    expect(() => transcriptions({ ...quick, silent: 1.5 })).to.throw(UsageError, "silent is a share");
    expect(() => transcriptions({ ...quick, silent: 0.5, chunks: 1 })).to.throw(UsageError, "needs two");
  });

  it("starts users at their times, whatever the service does", async () => {
    fake.intercept = ({ path }) => (path === "/api/stt/recordings" ? { status: 429 } : undefined);
    const workload = transcriptions({ ...quick, drainWithin: "10ms" }).start(context);
    await until(() => workload.stats().started >= 20, "20 users")
      .every("5ms")
      .atMost("5s");
    await workload.drained();
    await workload[Symbol.asyncDispose]();
    const intended = [...new Set(operations("start").map(({ invoke }) => invoke.intended ?? 0))].sort(
      (a, b) => a - b,
    );
    const gaps = intended.slice(1).map((time, n) => time - (intended[n] ?? 0));
    expect(gaps.every((gap) => Math.abs(gap - 20e6) <= 1)).to.equal(true);
    expect(operations("start").every(({ invoke }) => invoke.time >= (invoke.intended ?? 0))).to.equal(true);
  });

  it("takes turns over the instances", async () => {
    await run(4);
    const nodes = operations("status").map(({ invoke }) => invoke.node);
    expect(new Set(nodes)).to.deep.equal(new Set(["stt-1", "stt-2"]));
  });

  it("repeats what may be repeated on the other instance, as a new process after an indeterminate end", async () => {
    fake.intercept = ({ path, number }) =>
      path.endsWith("/chunks") && number % 5 === 0 ? "reset-after-effect" : undefined;
    await run(10);
    const broken = operations("chunk").filter(({ completion }) => completion?.type === "info");
    expect(broken.length).to.be.greaterThan(0);
    for (const { invoke } of broken) {
      const retry = operations("chunk").find(
        (other) =>
          other.invoke.key === invoke.key &&
          other.invoke.index > invoke.index &&
          JSON.stringify(other.invoke.value) === JSON.stringify(invoke.value),
      );
      expect(retry?.invoke.process).to.not.equal(invoke.process);
      expect(retry?.invoke.node).to.not.equal(invoke.node);
      expect(retry?.invoke.intended).to.equal(invoke.intended);
    }
    expect(verdicts()).to.deep.equal(["passed", "passed"]);
  });

  it("starts over as another user after a start without an answer", async () => {
    fake.intercept = ({ path, number }) =>
      path === "/api/stt/recordings" && number < 3 ? "reset-after-effect" : undefined;
    const workload = await run(5);
    const lost = operations("start").filter(({ completion }) => completion?.type === "info");
    expect(workload.stats().indeterminate).to.equal(lost.length).and.to.be.greaterThan(0);
    const keys = operations("start").map(({ invoke }) => invoke.key);
    expect(new Set(keys).size).to.equal(keys.length);
    expect(verdicts()).to.deep.equal(["passed", "passed"]);
  });

  it("goes on through an instance that is down: refused connections are fail", async () => {
    const [first] = context.services;
    const down = { name: "stt-2", baseUrl: "http://127.0.0.1:1" };
    context = { ...context, services: first ? [first, down] : [] };
    await run(5);
    const onDown = operations("status").filter(({ invoke }) => invoke.node === "stt-2");
    expect(new Set(onDown.map(({ completion }) => completion?.type))).to.deep.equal(new Set(["fail"]));
    expect(verdicts()).to.deep.equal(["passed", "passed"]);
  });

  it("sends nothing to an instance that is not ready, when it is balanced", async () => {
    fake.intercept = ({ path, instance }) =>
      path === "/health/ready" ? { status: instance === "stt-1" ? 200 : 503 } : undefined;
    await run(5, { ...quick, balanced: true });
    const nodes = operations("convert").map(({ invoke }) => invoke.node);
    expect(new Set(nodes)).to.deep.equal(new Set(["stt-1"]));
  });

  it("sends again what the service misses at the finish, and the checker reports the loss", async () => {
    let dropped = false;
    fake.intercept = ({ path }) => {
      const recording = fake.recordings.get(path.split("/")[4] ?? "");
      if (!dropped && recording?.chunks.has(1)) dropped = recording.chunks.delete(0);
      return undefined;
    };
    const workload = await run(5);
    expect(workload.stats().completed).to.equal(workload.stats().started);
    const { anomalies } = transcription().check(history.events);
    expect(anomalies.map(({ type }) => type)).to.deep.equal(["lost-chunk"]);
  });

  it("ends users who are still under way when the drain time is over", async () => {
    fake.intercept = ({ path }) => (path.endsWith("/status") ? { status: 503 } : undefined);
    const workload = await run(5, { ...quick, drainWithin: "50ms" });
    expect(workload.stats()).to.include({ active: 0, completed: 0 });
    expect(transcription().check(history.events).verdict).to.not.equal("passed");
  });

  it("reads as unknown what the service forgot, and as no file what is not there", async () => {
    const workload = transcriptions(quick).start(context);
    await until(() => workload.stats().completed >= 2, "2 completed")
      .every("5ms")
      .atMost("5s");
    await workload.drained();
    fake.recordings.delete("rec-0");
    rmSync(join(folder, "rec-1", "recording.wav"));
    await workload.finalReads();
    await workload[Symbol.asyncDispose]();
    const types = transcription()
      .check(history.events)
      .anomalies.map(({ type }) => type);
    expect(types.sort()).to.deep.equal(["lost-chunk", "lost-recording"]);
  });

  it("is inconclusive when the upstream's journal cannot be asked", async () => {
    context = { ...context, upstreamUrl: "http://127.0.0.1:1" };
    await run(2);
    expect(operations("upstream")[0]?.completion?.type).to.equal("fail");
    expect(verdicts()).to.deep.equal(["passed", "inconclusive"]);
  });

  it("refuses wrong settings before it sends anything", () => {
    expect(() => transcriptions({ rate: 0 })).to.throw(UsageError, "rate");
    expect(() => transcriptions({ rate: 1, chunks: 0 })).to.throw(UsageError, "chunk");
    expect(() => transcriptions({ rate: 1, chunks: 100, chunk: "1s" }).start(context)).to.throw(
      UsageError,
      "longer",
    );
    expect(() => transcriptions({ rate: 1, audio: "/absent.wav" }).start(context)).to.throw(
      UsageError,
      "/absent.wav",
    );
  });
});
