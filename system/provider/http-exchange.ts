import type { Readable } from "node:stream";
import { Agent, errors } from "undici";
import { z } from "zod";
import { isTransientHttpStatus } from "../domain/retry.ts";
import { traceHeaders } from "../telemetry/tracing.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { type FailureReason, ProviderError } from "./speech-provider.ts";

/** One request to the upstream. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** Below the upstream's base URL, beginning with a slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
}

/** Milliseconds for a connection to come about. */
const connectTimeoutMs = 3_000;
/** Milliseconds between two pieces of an answer. */
const bodyTimeoutMs = 5_000;
/** Bytes of an answer that are read at most. */
const maxAnswerBytes = 16 * 1024 * 1024;

/** Requests over HTTP with JSON answers. Every failure is a {@link ProviderError} that says what it means. */
export class HttpExchange implements AsyncDisposable {
  readonly #agent: Agent;
  readonly #origin: string;
  readonly #basePath: string;

  /** @param connections kept to the upstream at most. */
  constructor(url: string, connections: number) {
    const { origin, pathname } = new URL(url);
    this.#origin = origin;
    this.#basePath = pathname.replace(/\/$/, "");
    this.#agent = new Agent({
      connections,
      connect: { timeout: connectTimeoutMs },
      bodyTimeout: bodyTimeoutMs,
      keepAliveTimeout: 10_000,
    });
  }

  /**
   * Sends the request once, and reads the answer. Redirects are not followed.
   * @param signal ends it; its reason should be a {@link ProviderError}, for it is thrown as it is.
   * @throws ProviderError
   */
  async send<T>(schema: z.ZodType<T>, request: HttpRequest, signal: AbortSignal): Promise<T> {
    const what = `Daglo ${request.method} ${request.path}`;
    try {
      return schema.parse(JSON.parse(await this.#exchange(what, request, signal)));
    } catch (error) {
      if (error instanceof ProviderError) throw error;
      const reason = reasonOf(error);
      throw new ProviderError(`${what}: ${printable(describe(error))}`, true, { reason, cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  async #exchange(what: string, request: HttpRequest, signal: AbortSignal): Promise<string> {
    const answer = await this.#agent.request({
      origin: this.#origin,
      path: this.#basePath + request.path,
      method: request.method,
      headers: { accept: "application/json", ...traceHeaders(), ...request.headers },
      body: request.body ?? null,
      headersTimeout: 0, // the caller's signal is the deadline; two of the same length would race
      signal,
    });
    const text = await readText(answer.body);
    if (answer.statusCode >= 200 && answer.statusCode <= 299) return text;
    throw new ProviderError(
      `${what} answered ${answer.statusCode}: ${printable(text.slice(0, 200))}`,
      isTransientHttpStatus(answer.statusCode),
      {
        reason: reasonOfStatus(answer.statusCode),
        retryAfterMs: parseRetryAfter(answer.headers["retry-after"], Date.now()),
      },
    );
  }
}

/** An answer that is longer than any that was agreed. */
class AnswerTooLong extends Error {}

async function readText(body: Readable): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > maxAnswerBytes) throw new AnswerTooLong(`the answer is longer than ${maxAnswerBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function reasonOfStatus(status: number): FailureReason {
  if (status === 429) return "throttled";
  return isTransientHttpStatus(status) ? "failed" : "refused";
}

function reasonOf(error: unknown): FailureReason {
  const malformed = [z.ZodError, SyntaxError, AnswerTooLong, errors.HTTPParserError];
  const late = [errors.ConnectTimeoutError, errors.HeadersTimeoutError, errors.BodyTimeoutError];
  const isOneOf = (kinds: readonly (abstract new (...args: never[]) => unknown)[]) =>
    kinds.some((kind) => error instanceof kind);
  if (isOneOf(malformed)) return "malformed";
  return isOneOf(late) ? "timeout" : "unreachable";
}

function describe(error: unknown): string {
  if (error instanceof z.ZodError) return `unexpected answer: ${z.prettifyError(error)}`;
  return error instanceof Error ? error.message : String(error);
}

/** Without control characters: what an upstream says ends in logs, headers and the database, which takes no NUL. */
function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
