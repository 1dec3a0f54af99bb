import { expect } from "chai";
import fc from "fast-check";
import { goodReads, goodRecording, type MadeOperation, made } from "./testing/made-history.ts";
import { type TranscriptionOptions, transcription } from "./transcription.ts";
import type { Checker } from "./verdict.ts";

const END = 20_000;

const whole = () => [...goodRecording("a", 0), ...goodReads("a", END)];
const check = (operations: readonly MadeOperation[], mayFail: TranscriptionOptions["mayFail"] = false) =>
  transcription({ mayFail }).check(made(operations));
const types = (operations: readonly MadeOperation[]) => check(operations).anomalies.map(({ type }) => type);

/** The good history with the operations of a kind changed; null drops one. */
const withChanged = (f: string, change: (operation: MadeOperation) => MadeOperation | null) =>
  whole().flatMap((operation) => (operation.f === f ? (change(operation) ?? []) : operation));
const withResult = (value: object) =>
  withChanged("result", (read) => ({ ...read, value: { ...(read.value as object), ...value } }));
const withPresent = (present: number[]) =>
  withChanged("wav", (read) => ({ ...read, value: { id: "a", bytes: 9, present } }));

describe("the transcription checker", () => {
  it("judges what a subscription tells apart from answers, which may overtake it", () => {
    const update = (at: number, status: string): MadeOperation => ({
      f: "update",
      at,
      end: at,
      key: "a",
      value: { status },
    });
    expect(types([...whole(), update(END - 3, "ENCODED"), update(END - 2, "COMPLETED")])).to.deep.equal([]);
    const back = [update(END - 3, "COMPLETED"), update(END - 2, "ENCODED")];
    expect(types([...whole(), ...back])).to.deep.equal(["state-went-backwards"]);
  });

  it("passes a whole history and counts it", () => {
    const result = check(whole());
    expect(result).to.include({ verdict: "passed" });
    expect(result.counts).to.include({ accepted: 1, completed: 1, lost: 0, acknowledgedChunks: 3 });
  });

  it("has a recording end whose user fell silent, and soon enough", () => {
    const silent = whole().map((operation) =>
      operation.f === "finish" ? { ...operation, f: "silence", value: null } : operation,
    );
    const heard = silent.filter(({ f }) => f !== "wav");
    const wav = {
      f: "wav",
      at: END + 6,
      end: END + 8,
      key: "a",
      value: { id: "a", bytes: 9, present: [0, 1] },
    };
    const still = (at: number): MadeOperation => ({
      ...{ f: "status", at, end: at + 5, key: "a" },
      value: { status: "RECORDING" },
    });
    const soon = transcription({ silenceEndsWithin: "100ms" });
    const found = (checker: Checker, operations: readonly MadeOperation[]) =>
      checker.check(made([...operations, wav])).anomalies.map(({ type }) => type);
    expect(found(transcription(), [...heard, still(450)])).to.deep.equal([]);
    expect(found(soon, [...heard, still(390)])).to.deep.equal([]);
    expect(found(soon, [...heard, still(450)])).to.deep.equal(["silence-unheard"]);
    const never = heard
      .filter(({ f }) => f !== "convert" && f !== "status")
      .map((one) =>
        one.f === "result" ? { ...one, value: { ...(one.value as object), status: "RECORDING" } } : one,
      );
    expect(found(transcription(), never)).to.deep.equal(["lost-recording"]);
  });

  it("finds a recording whose acknowledged step was forgotten", () => {
    expect(types(withResult({ status: null }))).to.include("lost-recording");
    expect(types(withResult({ status: "ENCODED" }))).to.include("lost-recording");
    expect(types(withResult({ status: "RECORDING" }))).to.include("lost-recording");
  });

  it("finds a recording that never ends", () => {
    const stuck = withResult({ status: "SUMMARIZING" }).filter(
      ({ f, value }) => f !== "status" || (value as { status: string }).status !== "COMPLETED",
    );
    const result = check(stuck);
    expect(result.verdict).to.equal("failed");
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(["stuck-recording"]);
    expect(result.anomalies[0]?.witnesses.map(({ f }) => f)).to.deep.equal(["convert", "result"]);
  });

  it("judges a recording that was finished but not converted by its encoding", () => {
    const finished = whole().filter(({ f }) => f !== "convert" && f !== "status");
    const ending = (status: string) =>
      finished.map((operation) =>
        operation.f === "result"
          ? { ...operation, value: { id: "a", status, hasText: false, hasSummary: false } }
          : operation,
      );
    expect(types(ending("ENCODING"))).to.deep.equal(["stuck-recording"]);
    expect(types(ending("ENCODED"))).to.deep.equal([]);
    expect(check(ending("ENCODED")).verdict).to.equal("inconclusive");
  });

  it("finds FAILED, unless it is allowed", () => {
    const failed = withResult({ status: "FAILED", error: "upstream 500" }).filter(({ f }) => f !== "status");
    expect(types(failed)).to.deep.equal(["failed-recording"]);
    expect(check(failed, true)).to.include({ verdict: "passed" });
    expect(check(failed, true).counts).to.include({ failed: 1 });
  });

  it("leaves it open whether the service ever gives up when fewer than demanded FAILED", () => {
    const failed = withResult({ status: "FAILED", error: "upstream 500" }).filter(({ f }) => f !== "status");
    expect(check(failed, { atLeast: 1 })).to.include({ verdict: "passed" });
    const { verdict, reason } = check(whole(), { atLeast: 1 });
    expect(verdict).to.equal("inconclusive");
    expect(reason).to.equal("0 recording(s) ended FAILED, needs 1");
  });

  it("lets a FAILED recording begin anew when it is requeued, and only then", () => {
    const failed = { f: "status", at: 3_100, end: 3_105, key: "a", value: { status: "FAILED" } };
    const requeue = (type: "ok" | "fail"): MadeOperation => ({
      f: "requeue",
      at: 3_200,
      end: 3_205,
      key: "a",
      type,
    });
    const early = whole().filter(
      ({ f, value }) => f !== "status" || (value as { status: string }).status !== "COMPLETED",
    );
    expect(types([...early, failed, requeue("ok")])).to.deep.equal([]);
    expect(types([...early, failed])).to.deep.equal(["state-went-backwards"]);
    expect(types([...early, failed, requeue("fail")])).to.deep.equal(["state-went-backwards"]);
  });

  it("finds a result without its text or summary", () => {
    expect(types(withResult({ hasSummary: false }))).to.deep.equal(["missing-result"]);
  });

  it("compares the WAV with the acknowledged chunks", () => {
    expect(types(withPresent([0, 2]))).to.deep.equal(["lost-chunk"]);
    expect(types(withPresent([]))).to.deep.equal(["lost-chunk"]);
    expect(types(withPresent([0, 2, 1]))).to.deep.equal(["chunk-out-of-order"]);
    expect(types(withPresent([0, 1, 1, 2]))).to.deep.equal(["duplicate-chunk"]);
  });

  it("does not miss a chunk that was never acknowledged", () => {
    const unanswered = whole()
      .map((operation) =>
        operation.f === "chunk" && operation.at === 200
          ? { ...operation, type: "info" as const, value: null }
          : operation,
      )
      .map((operation) =>
        operation.f === "wav" ? { ...operation, value: { id: "a", bytes: 9, present: [0, 2] } } : operation,
      );
    expect(types(unanswered)).to.deep.equal([]);
  });

  it("finds an acknowledged chunk that the service misses at the finish", () => {
    const refused: MadeOperation = {
      f: "finish",
      at: 250,
      end: 255,
      key: "a",
      type: "fail",
      value: { httpStatus: 409, missing: [1] },
    };
    expect(types([...whole(), refused])).to.deep.equal(["lost-chunk"]);
    expect(types([...whole(), { ...refused, value: { httpStatus: 409, missing: [2] } }])).to.deep.equal([]);
  });

  it("finds a state that went backwards, but not between reads that overlap", () => {
    const stale: MadeOperation = {
      f: "status",
      at: 1_100,
      end: 1_105,
      key: "a",
      value: { status: "ENCODED" },
    };
    expect(types([...whole(), stale])).to.deep.equal(["state-went-backwards"]);
    expect(types([...whole(), { ...stale, at: 950 }])).to.deep.equal([]);
    const changed = whole().map((operation) =>
      operation.f === "result"
        ? { ...operation, value: { id: "a", status: "FAILED", hasText: false, hasSummary: false } }
        : operation,
    );
    expect(types(changed)).to.include("state-went-backwards");
  });

  it("never passes without evidence", () => {
    expect(check([]).verdict).to.equal("inconclusive");
    expect(check(goodRecording("a", 0)).verdict).to.equal("inconclusive");
    expect(check(withChanged("wav", () => null)).verdict).to.equal("inconclusive");
    expect(check(withChanged("result", (read) => ({ ...read, type: "info" }))).verdict).to.equal(
      "inconclusive",
    );
    const unaccepted = withChanged("convert", (request) => ({ ...request, type: "info", value: null }));
    expect(check(unaccepted).verdict).to.equal("inconclusive");
  });

  it("passes any good history, retries and unknown outcomes among it; names one injected anomaly, and nothing else", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat({ max: 5_000 }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat({ max: 3 }), { minLength: 12, maxLength: 12 }),
        fc.nat(),
        fc.constantFrom(...Object.keys(injections)),
        (starts, doubts, pick, type) => {
          const recordings = starts.map((at, n) => {
            const id = `r${at}`;
            return [
              ...goodRecording(id, at),
              ...doubted(id, at, doubts[n] ?? 0),
              ...goodReads(id, END + n * 10),
            ];
          });
          expect(check(recordings.flat())).to.deep.include({ verdict: "passed", anomalies: [] });

          const victim = pick % recordings.length;
          const harmed = recordings.flatMap((own, n) =>
            n === victim ? (injections[type]?.(own) ?? own) : own,
          );
          const { anomalies } = check(harmed);
          expect(anomalies.map((found) => found.type)).to.deep.equal([type]);
          expect(anomalies[0]?.message).to.include(`r${starts[victim]}`);
        },
      ),
    );
  });
});

/** Attempts that change nothing: an audio chunk that was never answered, a conversion that timed out, a finish that was refused. */
function doubted(id: string, startMs: number, count: number): MadeOperation[] {
  const attempt = (f: string, at: number, type: "fail" | "info"): MadeOperation => {
    return { f, at: startMs + at, end: startMs + at + 20, key: id, type, value: null };
  };
  return [
    attempt("chunk", 150, "info"),
    attempt("convert", 990, "info"),
    attempt("finish", 260, "fail"),
  ].slice(0, count);
}

/** Each harms all the operations of one recording in one way. */
const injections: Record<string, (own: MadeOperation[]) => MadeOperation[]> = {
  "lost-recording": (own) => changed(own, "result", { status: null }),
  "stuck-recording": (own) => changed(unseen(own), "result", { status: "PROCESSING" }),
  "failed-recording": (own) => changed(unseen(own), "result", { status: "FAILED" }),
  "missing-result": (own) => changed(own, "result", { hasText: false }),
  "lost-chunk": (own) => changed(own, "wav", { present: [1, 2] }),
  "duplicate-chunk": (own) => changed(own, "wav", { present: [0, 1, 2, 2] }),
  "chunk-out-of-order": (own) => changed(own, "wav", { present: [2, 0, 1] }),
  "state-went-backwards": (own) => [
    ...own,
    { f: "status", at: END - 50, end: END - 40, key: own[1]?.key ?? "", value: { status: "ENCODED" } },
  ],
};

/** Without polls, so that nobody has seen the recording's end before. */
const unseen = (own: readonly MadeOperation[]) => own.filter(({ f }) => f !== "status");

function changed(own: readonly MadeOperation[], f: string, value: object): MadeOperation[] {
  return own.map((operation) =>
    operation.f === f ? { ...operation, value: { ...(operation.value as object), ...value } } : operation,
  );
}
