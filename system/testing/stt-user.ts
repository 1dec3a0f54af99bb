import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type ClientRequest, request } from "node:http";
import { SignJWT } from "jose";
import {
  type RecordingStatus,
  type RecordingView,
  recordingCreated,
  recordingStatus,
  recordingView,
} from "../contract/api.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, when it is a JSON object. */
  readonly json: unknown;
}

const audio = "application/octet-stream";

/** A tenth of a second of noise. */
export const newChunk = (): Buffer => randomBytes(3_200);

/** An HS256 token for a subject. */
export function tokenFor(subject: string, secret: string): Promise<string> {
  const key = new TextEncoder().encode(secret);
  return new SignJWT({}).setProtectedHeader({ alg: "HS256" }).setSubject(subject).sign(key);
}

/** A user of the service's HTTP interface. Nothing is tried twice. */
export class SttUser {
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
    { token = this.#token, body }: { token?: string | null; body?: Buffer } = {},
  ): Promise<Answer> {
    const response = await fetch(new URL(path, this.#baseUrl), {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body ? { "content-type": audio } : {}),
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

  send(id: string, seq: number, body: Buffer, finish = false): Promise<Answer> {
    return this.call("POST", `${pathTo(id)}/chunks?seq=${seq}&finish=${finish}`, { body });
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
        "content-type": audio,
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
