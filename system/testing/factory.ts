import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { SignJWT } from "jose";
import { mediaTypes } from "../domain/audio-format.ts";
import { wavHeaderBytes } from "../domain/wav.ts";
import type { IncomingMessage } from "../messaging/messaging.ts";
import type { Transcription, TranscriptionStatus } from "../storage/transcriptions.ts";

// Test data, each piece of which a test may make its own by naming what matters to it.

/** An HS256 token for a subject. @param scope what it allows, words separated by spaces. */
export function tokenFor(subject: string, secret: string, scope = "stt:read stt:write"): Promise<string> {
  const key = new TextEncoder().encode(secret);
  return new SignJWT({ scope }).setProtectedHeader({ alg: "HS256" }).setSubject(subject).sign(key);
}

const bytesPerMs = 32; // 16 kHz, mono, 16 bit

/** White noise as bare samples: the same for the same seed. */
export function noise(seed: number | string, ms = 100): Buffer {
  return createHash("shake256", { outputLength: ms * bytesPerMs })
    .update(String(seed))
    .digest();
}

let chunks = 0;

/** A tenth of a second of noise: another each time, and the same ones in each run. */
export const newChunk = (): Buffer => noise(chunks++);

/** What is said in the recordings of speech (scenarios/audio/README.md), 7 s. */
export const spokenSentence =
  "And Mister John Dashwood had then leisure to consider how much there might be prudently in his power to do for them.";

/** Chunks of a recording, and the media type they are sent as. */
export interface SpokenChunks {
  readonly chunks: readonly Buffer[];
  readonly mediaType: string;
}

const speechFiles = {
  pcm: { path: "../../scenarios/audio/sense-and-sensibility.wav", chunkBytes: 1_000 * bytesPerMs },
  webm: { path: "./audio/speech.webm", chunkBytes: 4_096 },
} as const;

/** {@link spokenSentence} as a client sends it: a second of samples a chunk, or pieces of a WebM file cut anywhere. */
export function spokenChunks(format: "pcm" | "webm"): SpokenChunks {
  const { path, chunkBytes } = speechFiles[format];
  const file = readFileSync(new URL(path, import.meta.url));
  const sound = format === "pcm" ? file.subarray(wavHeaderBytes) : file;
  const count = Math.ceil(sound.length / chunkBytes);
  const piece = (_: unknown, seq: number) => sound.subarray(seq * chunkBytes, (seq + 1) * chunkBytes);
  return { chunks: Array.from({ length: count }, piece), mediaType: mediaTypes[format] };
}

/** What a status read finds: a recording of alice's that has just been asked to be converted. */
export function transcriptionStatus(parts: Partial<TranscriptionStatus> = {}): TranscriptionStatus {
  return { id: "r1", owner: "alice", status: "PROCESSING", version: 4, progress: null, ...parts };
}

/** The whole row of the same recording. */
export function transcription(parts: Partial<Transcription> = {}): Transcription {
  return {
    ...transcriptionStatus(),
    fence: "0",
    attempt: 0,
    format: "pcm",
    sttRid: null,
    summaryRid: null,
    text: null,
    summary: null,
    error: null,
    ...parts,
  };
}

/** A message as a handler gets it. */
export function incomingMessage(parts: Partial<IncomingMessage> = {}): IncomingMessage {
  return { topic: "t", partition: 0, offset: 0n, key: "k", value: "", headers: {}, ...parts };
}
