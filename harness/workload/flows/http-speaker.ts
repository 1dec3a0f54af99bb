import { request } from "undici";
import { z } from "zod";
import { systemClock } from "../../util/clock.ts";
import { milliseconds } from "../../util/duration.ts";
import { type Answer, answerWithin, type Speaker, type Told, type Watch } from "./speaker.ts";

/** What a raw request may carry. */
export interface CallOptions {
  /** Bearer token; none: the request goes without. */
  readonly token?: string;
  readonly body?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const pcm = "application/octet-stream";

/**
 * One HTTP request, whatever its answer.
 * @throws Error when there is none.
 */
export async function call(
  baseUrl: string,
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  { token, body, headers = {} }: CallOptions = {},
): Promise<Answer> {
  const response = await request(`${baseUrl}${path}`, {
    method,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(milliseconds(answerWithin)),
  });
  const text = await response.body.text();
  return {
    status: response.statusCode,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
    ),
    json: parseJson(text),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const recordings = "/api/stt/recordings";

/** A user of the HTTP interface of one instance. */
export class HttpSpeaker implements Speaker {
  readonly #baseUrl: string;
  readonly #token: string;

  constructor(baseUrl: string, token: string) {
    this.#baseUrl = baseUrl;
    this.#token = token;
  }

  start(): Promise<Answer> {
    return this.#post(recordings);
  }

  send(id: string, seq: number, body: Uint8Array, finish: boolean): Promise<Answer> {
    return call(this.#baseUrl, "POST", `${recordings}/${id}/chunks?seq=${seq}&finish=${finish}`, {
      ...{ token: this.#token, body },
      headers: { "content-type": pcm },
    });
  }

  heartbeat(id: string): Promise<Answer> {
    return this.#post(`${recordings}/${id}/heartbeat`);
  }

  convert(id: string): Promise<Answer> {
    return this.#post(`${recordings}/${id}/transcription`);
  }

  watch(id: string): Watch {
    return new Polls(() => call(this.#baseUrl, "GET", `${recordings}/${id}/status`, { token: this.#token }));
  }

  async [Symbol.asyncDispose](): Promise<void> {} // no connection is kept

  #post(path: string): Promise<Answer> {
    return call(this.#baseUrl, "POST", path, { token: this.#token });
  }
}

export const told = z.object({ status: z.string(), version: z.int(), progress: z.number().optional() });

const pollEveryMs = 50;

/** Asks for the status again and again, also while the service is away. */
class Polls implements Watch {
  readonly told: Told[] = [];
  readonly #ended = new AbortController();

  constructor(ask: () => Promise<Answer>) {
    void this.#poll(ask);
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
  }

  async #poll(ask: () => Promise<Answer>): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const answer = await ask().catch(() => undefined);
      if (answer?.status === 200 && !signal.aborted) keepNews(this.told, told.parse(answer.json));
      await systemClock.sleep(pollEveryMs, signal).catch(() => {}); // ended
    }
  }
}

/** Adds what was told, unless it says the same as what was told last. */
export function keepNews(all: Told[], now: Told): void {
  const last = all.at(-1);
  if (now.version !== last?.version || now.progress !== last.progress) all.push(now);
}
