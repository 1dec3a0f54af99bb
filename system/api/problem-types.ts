/** One kind of refusal. */
export interface ProblemType {
  readonly status: number;
  readonly title: string;
  /** What it means and what the client can do: the text of the page at the type's URI. */
  readonly description: string;
}

/**
 * Every refusal the API can answer with, by name. The URI of a type is `/problems/<name>`; it is stable, and what clients
 * should decide by.
 */
export const problemTypes = {
  "invalid-request": {
    status: 400,
    title: "The request is malformed",
    description:
      "A parameter or header is missing or has a value out of its bounds, or the request is not HTTP. `detail` names it. Mend it; sending it again unchanged is of no use.",
  },
  "empty-chunk": {
    status: 400,
    title: "The chunk is empty",
    description: "Only the last chunk (`finish=true`) may be empty.",
  },
  "odd-bytes": {
    status: 400,
    title: "The chunk cuts a sample in two",
    description: "PCM samples are two bytes: a PCM chunk has an even number of them.",
  },
  unauthenticated: {
    status: 401,
    title: "A valid token is needed",
    description:
      "Send `Authorization: Bearer <JWT>`, signed by a key the service knows, in date, with a subject.",
  },
  "insufficient-scope": {
    status: 403,
    title: "The token does not allow this",
    description: "The member `scope` names the scope that the token's `scope` claim lacks.",
  },
  "recording-not-found": {
    status: 404,
    title: "There is no such recording",
    description: "The id is unknown or malformed, or the recording is someone else's; which is not told.",
  },
  "not-found": {
    status: 404,
    title: "There is nothing here",
    description: "No resource has this path. `/openapi.json` lists all that there are.",
  },
  "method-not-allowed": {
    status: 405,
    title: "The path does not know this method",
    description: "The header `Allow` lists those it knows.",
  },
  timeout: {
    status: 408,
    title: "The request took too long to arrive",
    description: "Headers must arrive within 10 s, the whole request within 30 s. Send it again.",
  },
  "chunk-conflict": {
    status: 409,
    title: "The chunk is stored with other bytes",
    description:
      "A chunk of this sequence number was acknowledged before, with other bytes. The first ones stay; the recording goes on.",
  },
  "chunks-missing": {
    status: 409,
    title: "The recording is not complete",
    description:
      "The last chunk was stored, but the recording cannot end: `missing` lists sequence numbers not stored (the first hundred of `missingCount`), `beyond` stored ones after the alleged last. Send what is missing, then the last chunk again.",
  },
  "recording-over": {
    status: 409,
    title: "The recording has ended",
    description:
      "A recording that ended (`recordingStatus`) takes no new chunks. Chunks it has may be repeated.",
  },
  "format-conflict": {
    status: 409,
    title: "The chunk is of another audio format",
    description: "All chunks of a recording have the media type of the first one.",
  },
  "not-encoded": {
    status: 409,
    title: "The recording cannot be transcribed now",
    description:
      "Only an ENCODED recording can be; `recordingStatus` is its present status. Ask again once it is ENCODED.",
  },
  "not-failed": {
    status: 409,
    title: "The recording cannot be requeued now",
    description:
      "Only a FAILED recording can be; `recordingStatus` is its present status. It may have been requeued already.",
  },
  "body-too-large": {
    status: 413,
    title: "The body is too large",
    description:
      "A chunk has at most 4 MiB; routes without a body ignore at most 16 KiB. Send smaller chunks.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "The media type is not supported",
    description:
      "Every chunk is sent with its `Content-Type`: `application/octet-stream` (PCM: 16 kHz, mono, signed 16 bit, little-endian), `audio/webm` or `audio/ogg` (Opus); without a `Content-Encoding`.",
  },
  "not-audio": {
    status: 422,
    title: "The chunk is not audio of its media type",
    description: "The bytes are recognisably something else. Nothing was stored.",
  },
  "rate-limited": {
    status: 429,
    title: "Too many requests",
    description: "The subject's requests of this minute are used up. Come again after `Retry-After` seconds.",
  },
  "headers-too-large": {
    status: 431,
    title: "The headers are too large",
    description: "All headers together have at most 16 KiB.",
  },
  internal: {
    status: 500,
    title: "The service made a mistake",
    description: "This is not the client's fault. Report it with the `requestId`.",
  },
  unavailable: {
    status: 503,
    title: "A part the service needs is away",
    description:
      "It may or may not have been done: every request can be sent again, safely, after `Retry-After` seconds.",
  },
} as const satisfies Readonly<Record<string, ProblemType>>;

export type ProblemName = keyof typeof problemTypes;

export const problemNames = Object.keys(problemTypes) as ProblemName[];

/** The URI that names a type of problem; the service answers it with its meaning. */
export const problemUri = (name: ProblemName): string => `/problems/${name}`;
