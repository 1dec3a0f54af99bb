import type { Readable } from "node:stream";
import { Agent } from "undici";
import { z } from "zod";
import { isTransientHttpStatus } from "../domain/retry.ts";
import { withDeadline } from "../telemetry/clock.ts";
import { type JobState, ProviderError, type SpeechProvider } from "./speech-provider.ts";

const submitted = z.object({ rid: z.string().min(1) });
const summarySubmitted = z.object({ summaryRid: z.string().min(1) });
const transcript = z.discriminatedUnion("status", [
  z.object({ status: z.literal("processing"), progress: z.number().optional() }),
  z.object({ status: z.literal("transcribed"), sttResults: z.array(z.object({ transcript: z.string() })) }),
]);
const summary = z.discriminatedUnion("status", [
  z.object({ status: z.literal("processing"), progress: z.number().optional() }),
  z.object({ status: z.literal("summarized"), summary: z.string() }),
]);

interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Readable;
}

/** Bytes of an answer that are read at most. */
const maxAnswerBytes = 16 * 1024 * 1024;

/** Daglo over HTTP. */
export class Daglo implements SpeechProvider, AsyncDisposable {
  readonly #agent: Agent;
  readonly #origin: string;
  readonly #basePath: string;
  readonly #timeoutMs: number;

  /** @param timeoutMs for one call from connecting to the last byte of the answer. */
  constructor(url: string, timeoutMs: number) {
    const { origin, pathname } = new URL(url);
    this.#origin = origin;
    this.#basePath = pathname.replace(/\/$/, "");
    this.#timeoutMs = timeoutMs;
    this.#agent = new Agent({
      connections: 16,
      connect: { timeout: Math.min(timeoutMs, 3_000) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      keepAliveTimeout: 10_000,
    });
  }

  async submitTranscription(key: string, wav: { bytes: number; stream: Readable }): Promise<string> {
    try {
      const answer = await this.#call(submitted, {
        method: "POST",
        path: "/stt/v1/async/transcripts",
        headers: {
          "content-type": "audio/wav",
          "content-length": String(wav.bytes),
          "idempotency-key": key,
        },
        body: wav.stream,
      });
      return answer.rid;
    } finally {
      wav.stream.destroy();
    }
  }

  async transcription(rid: string): Promise<JobState<string>> {
    const answer = await this.#call(transcript, {
      method: "GET",
      path: `/stt/v1/async/transcripts/${encodeURIComponent(rid)}`,
    });
    if (answer.status === "processing") return working(answer.progress);
    return { done: true, result: answer.sttResults.map((part) => part.transcript).join("\n") };
  }

  async submitSummary(key: string, text: string): Promise<string> {
    const answer = await this.#call(summarySubmitted, {
      method: "POST",
      path: "/nlp/v1/async/summaries",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify({ text }),
    });
    return answer.summaryRid;
  }

  async summary(rid: string): Promise<JobState<string>> {
    const answer = await this.#call(summary, {
      method: "GET",
      path: `/nlp/v1/async/summaries/${encodeURIComponent(rid)}`,
    });
    return answer.status === "processing" ? working(answer.progress) : { done: true, result: answer.summary };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  async #call<T>(schema: z.ZodType<T>, request: Request): Promise<T> {
    const what = `Daglo ${request.method} ${request.path}`;
    const abort = new AbortController();
    try {
      // The deadline is our own: a malformed answer can make the client deaf to its abort signal.
      const text = await withDeadline(this.#exchange(what, request, abort.signal), this.#timeoutMs, what);
      return schema.parse(JSON.parse(text));
    } catch (error) {
      if (error instanceof ProviderError) throw error;
      throw new ProviderError(`${what}: ${describe(error)}`, true, error);
    } finally {
      abort.abort();
    }
  }

  async #exchange(what: string, request: Request, signal: AbortSignal): Promise<string> {
    const answer = await this.#agent.request({
      origin: this.#origin,
      path: this.#basePath + request.path,
      method: request.method,
      headers: request.headers ?? {},
      body: request.body ?? null,
      signal,
    });
    const text = await readText(answer.body);
    if (answer.statusCode < 200 || answer.statusCode > 299) {
      const transient = isTransientHttpStatus(answer.statusCode);
      throw new ProviderError(`${what} answered ${answer.statusCode}: ${text.slice(0, 200)}`, transient);
    }
    return text;
  }
}

function working(progress: number | undefined): JobState<string> {
  return { done: false, ...(progress === undefined ? {} : { progress: Math.round(progress) }) };
}

async function readText(body: Readable): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > maxAnswerBytes) throw new Error(`the answer is longer than ${maxAnswerBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function describe(error: unknown): string {
  if (error instanceof z.ZodError) return `unexpected answer: ${z.prettifyError(error)}`;
  return error instanceof Error ? error.message : String(error);
}
