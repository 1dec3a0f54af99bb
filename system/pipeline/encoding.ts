import type { StatusCache } from "../coordination/status-cache.ts";
import type { MessageHandler } from "../messaging/messaging.ts";
import { AudioCorrupted, type AudioStore } from "../storage/audio-store.ts";
import { listChunks } from "../storage/chunks.ts";
import { addToOutbox } from "../storage/outbox.ts";
import type { Transcription } from "../storage/transcriptions.ts";
import { deadLetter } from "./messages.ts";
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
  return stageHandler("encoding", deps, async (row) => {
    try {
      await deps.audio.assembleWav(row.id, await listChunks(deps.database, row.id));
    } catch (error) {
      if (!(error instanceof AudioCorrupted)) throw error;
      return fail(deps, row, error.message);
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

async function fail(deps: EncodingDependencies, row: Transcription, cause: string): Promise<StageOutcome> {
  const asOf = deps.cache.moment();
  const failed = await deps.database.transaction(async (tx) => {
    const after = await deps.transcriptions.transition(tx, row, "FAILED", { error: cause });
    if (after) await addToOutbox(tx, [deadLetter("encoding", after, cause)]);
    return after;
  });
  if (!failed) return "dropped";
  deps.metrics.deadLetters.inc({ stage: "encoding" });
  deps.logger.error({ recording: row.id, cause }, "encoding failed for good");
  await deps.cache.put(failed, asOf);
  return "failed";
}
