import type { StatusCache } from "../coordination/status-cache.ts";
import type { Stage, Status } from "../domain/status.ts";
import type { Database } from "../storage/database.ts";
import {
  type FailedRecording,
  findFailed,
  listFailed,
  listTransitions,
  type Transition,
} from "../storage/dead-letters.ts";
import { addToOutbox } from "../storage/outbox.ts";
import type { Transcriptions } from "../storage/transcriptions.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { stageMessage } from "./messages.ts";
import { RecordingConflict, RecordingNotFound } from "./recordings.ts";

export interface DeadLettersDependencies {
  readonly database: Database;
  readonly transcriptions: Transcriptions;
  readonly cache: Pick<StatusCache, "moment" | "put">;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface DeadLetterPage {
  readonly stage?: Stage | undefined;
  /** Only recordings whose id is less: the last one of the page before. */
  readonly before?: string | undefined;
  readonly limit: number;
}

export interface RequeueOptions {
  /** Who asks for it: written into the recording's history. */
  readonly actor: string;
  /**
   * Forgets the stage's job upstream, so that it is submitted anew: for when the upstream has lost or refused the job.
   * Without it a job that was submitted is asked for again.
   */
  readonly resubmit: boolean;
}

/**
 * What an administrator does with recordings that a stage gave up on. PostgreSQL says which they are; the dead-letter
 * topics are the evidence of each failure, also of those that were requeued since. Every method may reject with
 * DatabaseUnavailable.
 */
export class DeadLetters {
  readonly #d: DeadLettersDependencies;

  constructor(dependencies: DeadLettersDependencies) {
    this.#d = dependencies;
  }

  /** The recordings that are FAILED now, the latest first. */
  list(page: DeadLetterPage): Promise<FailedRecording[]> {
    return listFailed(this.#d.database, page);
  }

  /**
   * One of them with its history.
   * @throws RecordingNotFound when the recording is unknown or not FAILED.
   */
  async find(id: string): Promise<FailedRecording & { readonly transitions: readonly Transition[] }> {
    const { database } = this.#d;
    const failed = await findFailed(database, id);
    if (!failed) throw new RecordingNotFound(id);
    return { ...failed, transitions: await listTransitions(database, id) };
  }

  /**
   * Brings a FAILED recording back to the stage that gave up on it, with all attempts before it. The change of the
   * status and the stage's message are one write, so a requeue happens wholly or not at all, and once.
   * @returns the status afterwards.
   * @throws RecordingNotFound
   * @throws RecordingConflict when it is not FAILED, as after an earlier requeue.
   */
  async requeue(id: string, options: RequeueOptions): Promise<Status> {
    const { database, transcriptions, cache, logger, metrics } = this.#d;
    const asOf = cache.moment();
    const { row, stage } = await database.transaction(async (tx) => {
      const locked = await transcriptions.lock(tx, id);
      if (!locked) throw new RecordingNotFound(id);
      const failed = await findFailed(tx, id);
      if (!failed) {
        const message = `a recording is requeued when it is FAILED, not ${locked.status}`;
        throw new RecordingConflict("not-failed", message, locked.status);
      }
      const requeued = await transcriptions.requeue(tx, locked, failed.stage, options);
      if (!requeued) throw new Error(`the locked recording ${id} changed`);
      await addToOutbox(tx, [stageMessage(failed.stage, requeued)]);
      return { row: requeued, stage: failed.stage };
    });
    metrics.requeued.inc({ stage });
    logger.warn({ recording: id, stage, ...options }, "a failed recording was requeued");
    await cache.put(row, asOf);
    return row.status;
  }
}
