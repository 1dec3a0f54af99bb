import { Readable } from "node:stream";
import { expect } from "chai";
import { AddressPlan } from "../../harness/network/addresses.ts";
import { provision } from "../../harness/provision/provision.ts";
import { ProcessRuntime } from "../../harness/runtime/runtime.ts";
import { dagloNode } from "../../harness/topology/daglo.ts";
import { type DagloMode, dagloModes, modeOf, setMode } from "../../harness/topology/daglo-modes.ts";
import { until } from "../../harness/util/until.ts";
import { countSubmissions } from "../../harness/workload/upstream-journal.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { verifyDagloContract } from "./contract-verifier.integration.test.ts";
import { Daglo } from "./daglo.ts";
import { ProviderError, type ProviderErrorOptions } from "./speech-provider.ts";

const timeoutMs = 1_500;

describe("the stub of Daglo", () => {
  const stack = new AsyncDisposableStack();
  let url: string;
  let daglo: Daglo;

  before(async () => {
    const { signal } = new AbortController();
    const { wiremock } = await provision(["wiremock"]);
    const runtime = stack.use(
      new ProcessRuntime({ runId: `daglo-stub-${process.pid}`, command: "tests of the stub", signal }),
    );
    const node = runtime.add(dagloNode(new AddressPlan(runtime.slot, ["daglo"]), wiremock));
    await node.start();
    url = `http://${node.address}`;
    daglo = stack.use(newClient());
  });
  after(() => stack.disposeAsync());
  afterEach(() => setMode(url, "normal"));

  const newClient = (retries = 0) => {
    const circuit = { failures: 1_000, openMs: 1_000 };
    return new Daglo({ url, timeoutMs, concurrency: 4, retries, circuit }, createMetrics("test"));
  };
  const submit = (key: string) =>
    daglo.submitTranscription(key, { bytes: 4, stream: Readable.from([Buffer.from("RIFF")]) });
  const summarize = (key: string) => daglo.submitSummary(key, "many words");

  describe("normally", () => {
    // A job's id carries the time of its submission, so a test can make one of any age.
    const justBegun = () => `rid-${Date.now() + 60_000}-young`;
    const longAgo = "rid-1700000000000-old";

    it("works on a job for a while, and is done with it", async () => {
      expect(await daglo.transcription(justBegun())).to.deep.equal({ done: false, progress: 50 });
      const rid = await submit("a");
      const done = await until(async () => {
        const state = await daglo.transcription(rid);
        return state.done && state;
      }, "the transcription is done").atMost("10s");
      expect(done.result).to.equal("The quick brown fox jumps over the lazy dog.");
    });

    it("names every job after its key, so that a repeated submission can be known for what it is", async () => {
      expect(await submit("some-key")).to.match(/^rid-\d{13}-some-key$/);
      expect(await summarize("some-key")).to.match(/^sum-\d{13}-some-key$/);
    });

    it("does each job on its own, with many at once", async () => {
      const rids = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? justBegun() : longAgo));
      const states = await Promise.all(rids.map((rid) => daglo.transcription(rid)));
      expect(states.map(({ done }) => done)).to.deep.equal(rids.map((rid) => rid === longAgo));
    });
  });

  it("counts what it took, and nothing that it refused", async () => {
    const { signal } = new AbortController();
    const journal = async () => (await countSubmissions(url, ["taken", "refused"], signal)).submissions;
    await submit("taken");
    await setMode(url, "server-error");
    expect(await submit("refused").catch(() => "refused")).to.equal("refused");
    // Also while the mode lasts: when it has ended, an answer of it may still be on its way into the journal.
    expect(await journal()).to.deep.equal({ taken: 1 });
    expect(await submit("refused").catch(() => "refused")).to.equal("refused");
    await setMode(url, "normal");
    expect(await journal()).to.deep.equal({ taken: 1 });
    await submit("refused");
    expect(await journal()).to.deep.equal({ taken: 1, refused: 1 });
  });

  describe("in a mode,", () => {
    const everyCall = (): Record<string, () => Promise<unknown>> => ({
      "submit a transcription": () => submit("k"),
      "ask for it": () => daglo.transcription("rid-1700000000000-k"),
      "submit a summary": () => summarize("k"),
      "ask for it too": () => daglo.summary("sum-1700000000000-k"),
    });

    /** What the client makes of every call in a mode. */
    const failures: Readonly<
      Partial<Record<DagloMode, ProviderErrorOptions & { transient: boolean; says: RegExp }>>
    > = {
      slow: { transient: true, reason: "timeout", says: /no whole answer within 1500 ms/ },
      "bad-request": { transient: false, reason: "refused", says: /answered 400: .*refuses/ },
      "request-timeout": { transient: true, reason: "failed", says: /answered 408/ },
      "too-many-requests": { transient: true, reason: "throttled", says: /answered 429/ },
      "server-error": { transient: true, reason: "failed", says: /answered 500/ },
      "failure-burst": { transient: true, reason: "failed", says: /answered 503/ },
      "malformed-json": { transient: true, reason: "malformed", says: /JSON/ },
      "malformed-chunk": { transient: true, reason: "malformed", says: /chunk size/ },
      "empty-response": { transient: true, reason: "unreachable", says: /closed/ },
      reset: { transient: true, reason: "unreachable", says: /ECONNRESET/ },
    };

    for (const [mode, expected] of Object.entries(failures) as [DagloMode, (typeof failures)["reset"]][]) {
      it(`${mode}: every call fails as what it is, and in time`, async () => {
        await setMode(url, mode);
        expect(await modeOf(url)).to.equal(mode);
        for (const [what, call] of Object.entries(everyCall())) {
          const error = await call().then(
            () => `${what} succeeded`,
            (reason: unknown) => reason,
          );
          if (!(error instanceof ProviderError) || !expected) throw new Error(String(error));
          const { transient, reason, says } = expected;
          expect(error, what).to.include({ transient, reason });
          expect(error.message).to.match(says);
        }
      });
    }

    it("too-many-requests and request-timeout: say when to come back, in seconds and as a date", async () => {
      for (const mode of ["too-many-requests", "request-timeout"] as const) {
        await setMode(url, mode);
        const error = await submit("k").catch((reason: unknown) => reason);
        if (!(error instanceof ProviderError)) throw new Error(`${mode}: ${error}`);
        expect(error.retryAfterMs, mode).to.be.within(0, 3_000);
      }
    });

    it("log-normal-delay: answers as always, later", async () => {
      await setMode(url, "log-normal-delay");
      await using patient = new Daglo(
        { url, timeoutMs: 10_000, concurrency: 4, retries: 0, circuit: { failures: 5, openMs: 1_000 } },
        createMetrics("test"),
      );
      expect(await patient.submitSummary("k", "many words")).to.match(/^sum-\d{13}-k$/);
    });

    it("never-finishes: takes jobs, and is never done with one", async () => {
      await setMode(url, "never-finishes");
      await submit("k");
      const old = "1700000000000-k"; // submitted years ago
      expect(await daglo.transcription(`rid-${old}`)).to.deep.equal({ done: false, progress: 50 });
      expect(await daglo.summary(`sum-${old}`)).to.deep.equal({ done: false, progress: 50 });
    });

    it("loses-jobs: takes jobs, knows none, and never will know those of that time", async () => {
      await setMode(url, "loses-jobs");
      const rid = await submit("k");
      const isUnknown = async (job: string) => {
        const error: unknown = await daglo.transcription(job).catch((reason: unknown) => reason);
        if (!(error instanceof ProviderError)) throw new Error(`${job}: ${error}`);
        expect(error).to.include({ transient: false, reason: "refused" });
        expect(error.message).to.match(/answered 404/);
      };
      await isUnknown(rid);
      await isUnknown("rid-1700000000000-k");
      await setMode(url, "normal");
      await isUnknown(rid);
      expect(await daglo.transcription("rid-1700000000000-k")).to.include({ done: true });
    });

    it("failure-burst: fails four times, and anew when it is set anew", async () => {
      for (let round = 0; round < 2; round++) {
        await setMode(url, "failure-burst");
        const outcomes: string[] = [];
        for (let n = 0; n < 6; n++) {
          outcomes.push(
            await summarize("k").then(
              () => "ok",
              () => "failed",
            ),
          );
        }
        expect(outcomes).to.deep.equal(["failed", "failed", "failed", "failed", "ok", "ok"]);
      }
    });

    it("failure-burst: is over within one call that may be tried again often enough", async () => {
      await setMode(url, "failure-burst");
      await using persistent = newClient(4);
      expect(await persistent.submitSummary("k", "many words")).to.match(/^sum-/);
    });

    it("goes from any mode to any other, and leaves nothing of the former behind", async () => {
      for (const mode of dagloModes) {
        await setMode(url, mode);
        expect(await modeOf(url)).to.equal(mode);
      }
      await setMode(url, "normal");
      expect(await submit("after")).to.match(/^rid-\d{13}-after$/);
    });
  });

  describe("keeps to the contract", () => {
    const done = async (rid: string, poll: (rid: string) => Promise<{ done: boolean }>) => {
      await until(async () => (await poll(rid)).done, `${rid} is done`).atMost("10s");
      return { rid };
    };

    it("that the client's tests wrote", async () => {
      const verified = await verifyDagloContract(url, {
        "Daglo is well": async () => {
          await setMode(url, "normal");
          return undefined;
        },
        "a transcription is under way": async () => {
          await setMode(url, "never-finishes");
          return { rid: await submit("k") };
        },
        "a transcription is done": async () => {
          await setMode(url, "normal");
          return done(await submit("k"), (rid) => daglo.transcription(rid));
        },
        "there were too many requests": async () => {
          await setMode(url, "too-many-requests");
          return undefined;
        },
        "a summary is under way": async () => {
          await setMode(url, "never-finishes");
          return { rid: await summarize("k") };
        },
        "a summary is done": async () => {
          await setMode(url, "normal");
          return done(await summarize("k"), (rid) => daglo.summary(rid));
        },
      });
      expect(verified).to.have.length(9);
    });

    it("but does not in a mode that breaks it, so the verification is worth something", async () => {
      await setMode(url, "malformed-json");
      const report = await verifyDagloContract(url, { "Daglo is well": async () => undefined }).then(
        () => "kept",
        (error: unknown) => String(error),
      );
      expect(report).to.contain("the submission of a recording").and.to.contain("the submission of a text");
    });
  });
});
