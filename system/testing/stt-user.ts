import { once } from "node:events";
import { type ClientRequest, request } from "node:http";
import {
  type RecordingStatus,
  type RecordingView,
  recordingCreated,
  recordingStatus,
  recordingView,
} from "../contract/api.ts";
import { mediaTypes } from "../domain/audio-format.ts";
import { systemClock } from "../telemetry/clock.ts";
import type { Outcome, Speaker, Watch } from "./speaker.ts";

export interface Answer extends Outcome {
  readonly headers: Headers;
  /** The body, when it is a JSON object. */
  readonly json: unknown;
}

/** A user of the service's HTTP interface. Nothing is tried twice. */
export class SttUser implements Speaker {
  readonly #baseUrl: string;
  readonly #token: string;

  constructor(baseUrl: string, token: string) {
    this.#baseUrl = baseUrl;
    this.#token = token;
  }

  /** @param token null: none is sent. */
  async call(
    method: string,
    path: string,
    {
      token = this.#token,
      body,
      type = mediaTypes.pcm,
    }: { token?: string | null; body?: Uint8Array; type?: string } = {},
  ): Promise<Answer> {
    const response = await fetch(new URL(path, this.#baseUrl), {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body ? { "content-type": type } : {}),
      },
      ...(body ? { body: new Uint8Array(body) } : {}),
      signal: AbortSignal.timeout(10_000),
    });
    const content = await response.text();
    const json: unknown = content.startsWith("{") ? JSON.parse(content) : undefined;
    return { status: response.status, headers: response.headers, json };
  }

  /** @returns the new recording's id. */
  async start(): Promise<string> {
    return recordingCreated.parse((await this.call("POST", pathTo(""))).json).id;
  }

  send(id: string, seq: number, body: Uint8Array, finish = false, type = mediaTypes.pcm): Promise<Answer> {
    return this.call("POST", `${pathTo(id)}/chunks?seq=${seq}&finish=${finish}`, { body, type });
  }

  heartbeat(id: string): Promise<Answer> {
    return this.call("POST", `${pathTo(id)}/heartbeat`);
  }

  convert(id: string): Promise<Answer> {
    return this.call("POST", `${pathTo(id)}/transcription`);
  }

  async status(id: string): Promise<RecordingStatus> {
    return recordingStatus.parse((await this.call("GET", `${pathTo(id)}/status`)).json);
  }

  /** Asks for the status again and again, also while the service is away. */
  watch(id: string): Watch {
    return new StatusPoll(() => this.status(id));
  }

  async view(id: string): Promise<RecordingView> {
    return recordingView.parse((await this.call("GET", pathTo(id))).json);
  }

  /** Begins to send a last chunk: resolves when the service has taken the request on and waits for its body. */
  async beginLastChunk(id: string, body: Buffer): Promise<ClientRequest> {
    const upload = request(new URL(`${pathTo(id)}/chunks?seq=0&finish=true`, this.#baseUrl), {
      method: "POST",
      agent: false,
      headers: {
        authorization: `Bearer ${this.#token}`,
        "content-type": mediaTypes.pcm,
        "content-length": body.length,
        expect: "100-continue",
      },
    });
    upload.flushHeaders();
    await once(upload, "continue");
    return upload;
  }
}

/** A recording's path; without an id, that of all of them. */
export const pathTo = (id: string): string => `/api/stt/recordings/${id}`;

const pollEveryMs = 20;

/** What asking for a status has told: an answer that says the same as the one before is left out. */
class StatusPoll implements Watch {
  readonly seen: RecordingStatus[] = [];
  readonly #ended = new AbortController();

  constructor(ask: () => Promise<RecordingStatus>) {
    void this.#poll(ask);
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
  }

  async #poll(ask: () => Promise<RecordingStatus>): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const now = await ask().catch(() => undefined); // no answer, or none of a status: ask again
      const last = this.seen.at(-1);
      const isNews = now && (now.version !== last?.version || now.progress !== last.progress);
      if (isNews && !signal.aborted) this.seen.push(now);
      await systemClock.sleep(pollEveryMs, signal).catch(() => {}); // ended
    }
  }
}
