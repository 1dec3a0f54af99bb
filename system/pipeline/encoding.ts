import { decodeOpus } from "../audio/decode-opus.ts";
import { UndecodableAudio } from "../audio/undecodable-audio.ts";
import type { StatusCache } from "../coordination/status-cache.ts";
import { WavTooLong } from "../domain/wav.ts";
import type { MessageHandler } from "../messaging/messaging.ts";
import { AudioCorrupted, type AudioStore } from "../storage/audio-store.ts";
import { listChunks } from "../storage/chunks.ts";
import { addToOutbox } from "../storage/outbox.ts";
import type { Transcription } from "../storage/transcriptions.ts";
import { afterFailure, deadLetter, type Trail } from "./messages.ts";
import { type StageDependencies, type StageOutcome, stageHandler } from "./stage.ts";

export interface EncodingDependencies extends StageDependencies {
  readonly audio: AudioStore;
  readonly cache: Pick<StatusCache, "moment" | "put">;
}

/**
 * ENCODING -> ENCODED: the chunks become a WAV. Without a lock: the same chunks give the same file, replaced in one step,
 * so doing it twice at once is harmless, and the compare-and-set lets one of them count.
 */
export function encodingHandler(deps: EncodingDependencies): MessageHandler {
  return stageHandler("encoding", deps, async (row, message) => {
    try {
      const chunks = deps.audio.readChunks(row.id, await listChunks(deps.database, row.id));
      await deps.audio.writeWav(row.id, samplesOf(row, chunks));
    } catch (error) {
      if (!isForGood(error)) throw error;
      return fail(deps, row, error.message, message.trail);
    }
    const asOf = deps.cache.moment();
    const encoded = await deps.database.transaction((tx) =>
      deps.transcriptions.transition(tx, row, "ENCODED"),
    );
    if (!encoded) return "dropped";
    await deps.cache.put(encoded, asOf);
    return "advanced";
  });
}

function samplesOf({ format }: Transcription, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return format === null || format === "pcm" ? chunks : decodeOpus(format, chunks);
}

/** Whether it is the audio's fault: the same chunks would fail again. */
function isForGood(error: unknown): error is Error {
  return [AudioCorrupted, UndecodableAudio, WavTooLong].some((kind) => error instanceof kind);
}

async function fail(
  deps: EncodingDependencies,
  row: Transcription,
  cause: string,
  before: Trail,
): Promise<StageOutcome> {
  const asOf = deps.cache.moment();
  const trail = afterFailure(before, cause, deps.clock.now());
  const failed = await deps.database.transaction(async (tx) => {
    const after = await deps.transcriptions.transition(tx, row, "FAILED", { error: cause });
    if (after) await addToOutbox(tx, [deadLetter("encoding", after, trail)]);
    return after;
  });
  if (!failed) return "dropped";
  deps.metrics.deadLetters.inc({ stage: "encoding" });
  deps.logger.error({ recording: row.id, cause }, "encoding failed for good");
  await deps.cache.put(failed, asOf);
  return "failed";
}
