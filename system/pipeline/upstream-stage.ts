import type { RetryingStage, RetryTopology } from "../contract/topics.ts";
import type { ProcessorLocks } from "../coordination/processor-lock.ts";
import type { StatusCache } from "../coordination/status-cache.ts";
import { afterUnfinished, type RetryPolicy, type Unfinished } from "../domain/retry.ts";
import type { Status } from "../domain/status.ts";
import type { MessageHandler } from "../messaging/messaging.ts";
import { type JobState, ProviderError } from "../provider/speech-provider.ts";
import { AudioCorrupted } from "../storage/audio-store.ts";
import type { Queryable } from "../storage/database.ts";
import { addToOutbox, type OutboxMessage } from "../storage/outbox.ts";
import type { Findings, Transcription } from "../storage/transcriptions.ts";
import { inSpan, SpanKind } from "../telemetry/tracing.ts";
import {
  afterFailure,
  deadLetter,
  parseMessage,
  retryMessage,
  type StageMessage,
  type Trail,
} from "./messages.ts";
import {
  isPast,
  Overtaken,
  RecordingBusy,
  type StageDependencies,
  type StageOutcome,
  stageHandler,
} from "./stage.ts";

/** How a stage uses the upstream. */
export interface UpstreamJob {
  readonly stage: RetryingStage;
  /** The job's id, once it is submitted. */
  rid(row: Transcription): string | null;
  /** Submits the job; submitting it again under the same recording must be harmless. @returns its id. */
  submit(row: Transcription): Promise<string>;
  poll(rid: string): Promise<JobState<string>>;
  submitted(rid: string): Findings;
  finished(result: string): { readonly to: Status; readonly findings: Findings };
  /** What is to be published when the recording has entered the next status. */
  next(row: Transcription): readonly OutboxMessage[];
}

export interface UpstreamStageDependencies extends StageDependencies {
  readonly cache: Pick<StatusCache, "moment" | "put">;
  readonly locks: Pick<ProcessorLocks, "withLock">;
  readonly retry: RetryPolicy & Pick<RetryTopology, "layout">;
}

/** What a message came to, and the row it left behind. */
interface Call {
  readonly outcome: StageOutcome;
  readonly written?: { readonly row: Transcription; readonly asOf: number };
}

/** What a call upstream came to. */
type Step =
  | { readonly kind: "done"; readonly result: string }
  | { readonly kind: "unfinished"; readonly outcome: Unfinished; readonly findings: Findings };

/**
 * A stage that waits for the upstream: each message is one call (submit, or ask), and each call ends in one
 * transaction that writes what it found together with the message that goes on from there. An upstream that still
 * works on it is asked again just as one that failed, and that too counts as an attempt.
 *
 * Retry messages go through the outbox like all others. Published directly, a crash between the publish and the
 * commit of the offset would leave two chains of retries for one recording; so the counted attempt and its
 * message are one write, and a chain can neither be lost nor fork.
 */
export class UpstreamStage {
  readonly #job: UpstreamJob;
  readonly #d: UpstreamStageDependencies;

  constructor(job: UpstreamJob, dependencies: UpstreamStageDependencies) {
    this.#job = job;
    this.#d = dependencies;
  }

  /** For the stage's topic. */
  handler(): MessageHandler {
    return stageHandler(this.#job.stage, this.#d, async (row, message) => {
      const call = await this.#d.locks.withLock(row.id, (lost) => this.#callOnce(message, lost));
      if (call === "busy") throw new RecordingBusy(`another instance is at ${row.id}`);
      // Without the lock: the next message is under way already, and whoever gets it needs the lock.
      if (call.written) await this.#d.cache.put(call.written.row, call.written.asOf);
      return call.outcome;
    });
  }

  /** For the stage's retry topics: waits until the message is due. Only its partition waits. */
  retryHandler(): MessageHandler {
    const handle = this.handler();
    return async (message, signal) => {
      const notBefore = parseMessage(message)?.notBefore ?? 0;
      // Never longer than the delay itself, whatever the clock of the instance that set the time: what goes beyond
      // it was spent in the outbox.
      const wait = Math.min(notBefore - this.#d.clock.now(), this.#d.retry.delayMs);
      if (wait > 0) await this.#d.clock.sleep(wait, signal);
      await handle(message, signal);
    };
  }

  async #callOnce(message: StageMessage, lost: AbortSignal): Promise<Call> {
    const { database, transcriptions } = this.#d;
    const held = await transcriptions.mintFence(database, message.recordingId, this.#job.stage);
    if (!held || isPast(message, held)) return { outcome: "dropped" };
    // Only until here: what the upstream was asked and answers is worth keeping, if the fence still allows it.
    lost.throwIfAborted();
    const step = await this.#callUpstream(held);
    if (step.kind === "done") return this.#advance(held, step.result);
    return this.#putOff(held, step.outcome, step.findings, message.trail);
  }

  async #callUpstream(held: Transcription): Promise<Step> {
    try {
      const rid = this.#job.rid(held);
      if (rid === null) {
        const submitted = await this.#upstreamSpan("submit", () => this.#job.submit(held));
        const findings = this.#job.submitted(submitted);
        return { kind: "unfinished", outcome: { kind: "working" }, findings };
      }
      const state = await this.#upstreamSpan("poll", () => this.#job.poll(rid));
      if (state.done) return { kind: "done", result: state.result };
      const findings = state.progress === undefined ? {} : { progress: state.progress };
      return { kind: "unfinished", outcome: { kind: "working" }, findings };
    } catch (error) {
      if (error instanceof AudioCorrupted) {
        return { kind: "unfinished", outcome: { kind: "permanent", cause: error.message }, findings: {} };
      }
      if (!(error instanceof ProviderError)) throw error;
      return { kind: "unfinished", outcome: failureOf(error), findings: {} };
    }
  }

  #upstreamSpan<T>(what: string, call: () => Promise<T>): Promise<T> {
    const attributes = { "stt.stage": this.#job.stage };
    return inSpan(`upstream ${what}`, { kind: SpanKind.CLIENT, attributes }, call);
  }

  async #advance(held: Transcription, result: string): Promise<Call> {
    const { to, findings } = this.#job.finished(result);
    const written = await this.#write(held, async (tx) => {
      const after = await this.#d.transcriptions.transition(tx, held, to, findings);
      if (after) await addToOutbox(tx, this.#job.next(after));
      return after;
    });
    return { outcome: "advanced", written };
  }

  async #putOff(held: Transcription, outcome: Unfinished, findings: Findings, before: Trail): Promise<Call> {
    const { transcriptions, clock, retry, metrics } = this.#d;
    const { stage } = this.#job;
    const now = clock.now();
    const decision = afterUnfinished(outcome, held.attempt, retry);
    if (decision.next === "dead-letter") {
      return this.#giveUp(held, decision.cause, afterFailure(before, decision.cause, now));
    }
    const trail = outcome.kind === "working" ? before : afterFailure(before, outcome.cause, now);
    const timing = { now, delayMs: decision.delayMs, windowMs: retry.delayMs };
    const written = await this.#write(held, async (tx) => {
      const after = await transcriptions.recordAttempt(tx, held, findings);
      if (after) await addToOutbox(tx, [retryMessage(stage, after, retry.layout, timing, trail)]);
      return after;
    });
    metrics.retries.inc({ stage, reason: outcome.kind });
    return { outcome: "put-off", written };
  }

  async #giveUp(held: Transcription, cause: string, trail: Required<Trail>): Promise<Call> {
    const { stage } = this.#job;
    const written = await this.#write(held, async (tx) => {
      const after = await this.#d.transcriptions.transition(tx, held, "FAILED", { error: cause });
      if (after) await addToOutbox(tx, [deadLetter(stage, { ...after, attempt: held.attempt }, trail)]);
      return after;
    });
    this.#d.metrics.deadLetters.inc({ stage });
    this.#d.logger.error({ recording: held.id, stage, cause }, "gave up on a recording");
    return { outcome: "failed", written };
  }

  async #write(
    held: Transcription,
    write: (tx: Queryable) => Promise<Transcription | null>,
  ): Promise<NonNullable<Call["written"]>> {
    const asOf = this.#d.cache.moment();
    const row = await this.#d.database.transaction(write);
    if (row) return { row, asOf };
    this.#d.metrics.fenceRejections.inc({ stage: this.#job.stage });
    throw new Overtaken(`${held.id}: the holder with token ${held.fence} was overtaken`);
  }
}

function failureOf({ message, transient, retryAfterMs }: ProviderError): Unfinished {
  return transient
    ? { kind: "transient", cause: message, retryAfterMs }
    : { kind: "permanent", cause: message };
}
