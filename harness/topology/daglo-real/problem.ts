import type { Response } from "express";
import type { AudioFault } from "./wav.ts";

/** Every refusal, by the last word of its `type`, with its HTTP status (docs/real-speech.md). */
const statuses = {
  "not-a-wav": 422,
  "unsupported-audio": 422,
  "truncated-audio": 422,
  "empty-audio": 422,
  "unsupported-language": 422,
  "key-reused": 422,
  "transcription-failed": 422,
  malformed: 400,
  "not-found": 404,
  "media-type": 415,
  "too-large": 413,
  "queue-full": 429,
  "unsupported-administration": 501,
  internal: 500,
} as const satisfies Record<AudioFault, number> & Record<string, number>;

export type ProblemName = keyof typeof statuses;

/** Answers with RFC 9457 problem+json. */
export function refuse(response: Response, name: ProblemName, detail: string, more: object = {}): void {
  const status = statuses[name];
  const body = { type: `urn:daglo-real:${name}`, title: name.replaceAll("-", " "), status, detail, ...more };
  response.status(status).type("application/problem+json").send(JSON.stringify(body));
}
