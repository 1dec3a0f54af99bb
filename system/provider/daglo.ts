import { addAbortListener } from "node:events";
import type { Readable } from "node:stream";
import { z } from "zod";
import type { DagloConfig } from "../config.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { CallGuard, type Circuit } from "./call-guard.ts";
import { HttpExchange, type HttpRequest } from "./http-exchange.ts";
import { type FailureReason, type JobState, ProviderError, type SpeechProvider } from "./speech-provider.ts";

/** Text that the database can hold: it takes no NUL. */
const text = z.string().refine((value) => !value.includes("\0"), "contains a NUL character");
const jobId = text.min(1).max(500);
const progress = z.number().min(0).max(100).optional();

const submitted = z.object({ rid: jobId });
const summarySubmitted = z.object({ summaryRid: jobId });
const transcript = z.discriminatedUnion("status", [
  z.object({ status: z.literal("processing"), progress }),
  z.object({ status: z.literal("transcribed"), sttResults: z.array(z.object({ transcript: text })) }),
]);
const summary = z.discriminatedUnion("status", [
  z.object({ status: z.literal("processing"), progress }),
  z.object({ status: z.literal("summarized"), summary: text }),
]);

/** The slowest upload that is waited for: a long recording takes longer than one call's time. */
const slowestUploadBytesPerMs = 1_000;

const circuitLevel: Readonly<Record<Circuit, number>> = { closed: 0, "half-open": 1, open: 2 };

interface Call<T> {
  readonly operation: "submit_transcription" | "transcription" | "submit_summary" | "summary";
  readonly schema: z.ZodType<T>;
  readonly request: HttpRequest;
  /** Milliseconds beyond those of every call. */
  readonly extraMs?: number;
}

type DagloMetrics = Pick<Metrics, "providerDuration" | "providerRetries" | "providerCircuit">;

/** Daglo over HTTP (docs/service/upstream.md). */
export class Daglo implements SpeechProvider, AsyncDisposable {
  readonly #http: HttpExchange;
  readonly #guard: CallGuard;
  readonly #timeoutMs: number;
  readonly #metrics: DagloMetrics;

  constructor(config: DagloConfig, metrics: DagloMetrics) {
    this.#timeoutMs = config.timeoutMs;
    this.#metrics = metrics;
    this.#http = new HttpExchange(config.url, config.concurrency);
    this.#guard = new CallGuard(config, {
      circuitIs: (circuit) => metrics.providerCircuit.set(circuitLevel[circuit]),
    });
    metrics.providerCircuit.set(circuitLevel.closed);
  }

  async submitTranscription(key: string, wav: { bytes: number; stream: Readable }): Promise<string> {
    try {
      const answer = await this.#call({
        operation: "submit_transcription",
        schema: submitted,
        request: {
          method: "POST",
          path: "/stt/v1/async/transcripts",
          headers: {
            "content-type": "audio/wav",
            "content-length": String(wav.bytes),
            "idempotency-key": key,
          },
          body: wav.stream,
        },
        extraMs: wav.bytes / slowestUploadBytesPerMs,
      });
      return answer.rid;
    } finally {
      wav.stream.destroy();
    }
  }

  async transcription(rid: string): Promise<JobState<string>> {
    const answer = await this.#call({
      operation: "transcription",
      schema: transcript,
      request: { method: "GET", path: `/stt/v1/async/transcripts/${encodeURIComponent(rid)}` },
    });
    if (answer.status === "processing") return working(answer.progress);
    return { done: true, result: answer.sttResults.map((part) => part.transcript).join("\n") };
  }

  async submitSummary(key: string, text: string): Promise<string> {
    const answer = await this.#call({
      operation: "submit_summary",
      schema: summarySubmitted,
      request: {
        method: "POST",
        path: "/nlp/v1/async/summaries",
        headers: { "content-type": "application/json", "idempotency-key": key },
        body: JSON.stringify({ text }),
      },
    });
    return answer.summaryRid;
  }

  async summary(rid: string): Promise<JobState<string>> {
    const answer = await this.#call({
      operation: "summary",
      schema: summary,
      request: { method: "GET", path: `/nlp/v1/async/summaries/${encodeURIComponent(rid)}` },
    });
    return answer.status === "processing" ? working(answer.progress) : { done: true, result: answer.summary };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]();
  }

  /** One call with its deadline, its retries and its place in the metrics. */
  async #call<T>(call: Call<T>): Promise<T> {
    const { operation, request } = call;
    const timeoutMs = this.#timeoutMs + Math.round(call.extraMs ?? 0);
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const message = `Daglo ${request.method} ${request.path}: no whole answer within ${timeoutMs} ms`;
      abort.abort(new ProviderError(message, true, { reason: "timeout" }));
    }, timeoutMs);
    const stopwatch = this.#metrics.providerDuration.startTimer({ operation });
    let outcome: FailureReason | "ok" = "ok";
    try {
      // A call that still waits for its turn hears of the end of its time only here.
      return await orAborted(this.#tries(call, abort.signal), abort.signal);
    } catch (error) {
      outcome = error instanceof ProviderError ? error.reason : "failed";
      throw error;
    } finally {
      clearTimeout(timer);
      stopwatch({ outcome });
    }
  }

  #tries<T>({ operation, schema, request }: Call<T>, signal: AbortSignal): Promise<T> {
    const send = (attempt: number) => {
      if (attempt > 0) this.#metrics.providerRetries.inc({ operation });
      return this.#http.send(schema, request, signal);
    };
    const replayable = request.body === undefined || typeof request.body === "string";
    return this.#guard.run(send, { replayable, signal });
  }
}

function working(progress: number | undefined): JobState<string> {
  return { done: false, ...(progress === undefined ? {} : { progress: Math.round(progress) }) };
}

/** The promise's outcome, or a rejection with the signal's reason as soon as that aborts. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  using _listener = addAbortListener(signal, () => reject(signal.reason));
  return await Promise.race([promise, aborted]);
}
