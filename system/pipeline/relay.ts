import { type Messaging, PublishError } from "../messaging/messaging.ts";
import { laneName, type OutboxRow, type OutboxStore } from "../storage/outbox.ts";
import { withDeadline } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type Span, SpanKind, SpanStatusCode, startSpan, tracingIsOn } from "../telemetry/tracing.ts";
import { Wakeup } from "./wakeup.ts";

const leaseTtlMs = 5_000;
const batchSize = 500;
/** How often to look without having been told. */
const pollMs = 1_000;
/** How long a lane rests after a publish failed. */
const restMs = 500;
const measureEveryMs = 2_000;
const purgeEveryMs = 60_000;
const finishWithinMs = 2_000;

/** When another instance is let try; tests have shorter times. */
export interface Stall {
  /** So long nothing was acknowledged, though there was something to publish: a broker's failover takes about as long. */
  readonly afterMs: number;
  /** So long the lease is left to whoever else asks for it, which every instance does once a second. */
  readonly standAsideMs: number;
}

const usualStall: Stall = { afterMs: 4_000, standAsideMs: 2_500 };

/**
 * Publishes the outbox. One instance at a time does it, by a lease in PostgreSQL that runs out when its holder dies or
 * is paused. That is for order and economy only: a holder that was paused and does not know yet that it lost the
 * lease publishes rows a second time, and every consumer can take that. A holder that gets nothing acknowledged any more (it alone
 * may be cut off from Kafka) gives the lease up for a while.
 *
 * Rows of a lane (topic and partition) go out one batch after another in order of id, so those of a key do; lanes do
 * not wait for each other.
 */
export class Relay implements AsyncDisposable {
  readonly #outbox: OutboxStore;
  readonly #messaging: Pick<Messaging, "publish">;
  readonly #holder: string;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #stall: Stall;
  readonly #bell = new Wakeup();
  readonly #lanes = new Map<string, Promise<void>>();
  readonly #finished: Promise<void>;
  #leaseUntil = 0;
  /** Since when something is to be published and nothing was acknowledged. */
  #unheardSince: number | undefined;
  /** Until then the lease is left to others. */
  #asideUntil = 0;
  #closed = false;

  /** @param holder unique to this process, so that a restarted instance is not taken for the one before. */
  constructor(
    outbox: OutboxStore,
    messaging: Pick<Messaging, "publish">,
    holder: string,
    logger: Logger,
    metrics: Metrics,
    stall: Stall = usualStall,
  ) {
    this.#outbox = outbox;
    this.#messaging = messaging;
    this.#holder = holder;
    this.#logger = logger;
    this.#metrics = metrics;
    this.#stall = stall;
    this.#finished = this.#run();
  }

  /** There are new rows. */
  wake(): void {
    this.#bell.ring();
  }

  /** Finishes the publishes under way, then gives the lease to whoever asks first. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#bell.ring();
    await this.#finished;
    const publishing = Promise.all(this.#lanes.values());
    // A broker that does not answer must not keep us: what is not acknowledged stays in the outbox.
    await withDeadline(publishing, finishWithinMs, "the last publishes").catch(() => {});
    await this.#outbox
      .release(this.#holder)
      .catch((error: unknown) =>
        this.#logger.warn({ err: error }, "the relay's lease was not released; it expires"),
      );
  }

  async #run(): Promise<void> {
    let measureAt = 0;
    let purgeAt = performance.now() + purgeEveryMs;
    while (!this.#closed) {
      try {
        const active = await this.#holdLease();
        if (active && this.#isStalled()) {
          await this.#standAside();
        } else if (active) {
          await this.#publishUnsent();
          const now = performance.now();
          if (now >= measureAt) {
            measureAt = now + measureEveryMs;
            await this.#measure();
          }
          if (now >= purgeAt) {
            purgeAt = now + purgeEveryMs;
            await this.#outbox.purge();
          }
        }
      } catch (error) {
        this.#logger.warn({ err: error }, "the outbox relay could not look; it tries again");
        await this.#rest();
      }
      await this.#bell.wait(pollMs);
    }
    this.#metrics.relayActive.set(0);
  }

  /** Renews in good time; in between, the lease is believed for as long as it was granted. */
  async #holdLease(): Promise<boolean> {
    const now = performance.now();
    if (now < this.#asideUntil) return false;
    if (now > this.#leaseUntil - (leaseTtlMs * 2) / 3) {
      const held = await this.#outbox.hold(this.#holder, leaseTtlMs);
      const was = this.#leaseUntil > 0;
      this.#leaseUntil = held ? now + leaseTtlMs : 0;
      if (held !== was) this.#logger.info({ active: held }, "outbox relay");
      this.#metrics.relayActive.set(held ? 1 : 0);
      if (!held) this.#metrics.outboxBacklog.set(0);
    }
    return performance.now() < this.#leaseUntil;
  }

  #isStalled(): boolean {
    return this.#unheardSince !== undefined && performance.now() - this.#unheardSince > this.#stall.afterMs;
  }

  /** Lets another instance try. Where there is none, or none gets further, this one goes on afterwards. */
  async #standAside(): Promise<void> {
    this.#logger.warn({}, "nothing was acknowledged for a while: the outbox is left to another instance");
    this.#asideUntil = performance.now() + this.#stall.standAsideMs;
    this.#unheardSince = undefined;
    this.#leaseUntil = 0;
    this.#metrics.relayActive.set(0);
    await this.#outbox.release(this.#holder);
  }

  async #publishUnsent(): Promise<void> {
    const rows = await this.#outbox.unsent([...this.#lanes.keys()], batchSize);
    const byLane = Map.groupBy(rows, laneName);
    // Lanes that are under way since before the last acknowledgement have been unheard since then, at least.
    if (byLane.size > 0 || this.#lanes.size > 0) this.#unheardSince ??= performance.now();
    for (const [lane, batch] of byLane) {
      const publishing = this.#publish(batch).finally(() => {
        this.#lanes.delete(lane);
        this.#bell.ring();
      });
      this.#lanes.set(lane, publishing);
    }
  }

  /** Publishes a batch of one lane. Never rejects: what was not sent stays in the outbox. */
  async #publish(batch: readonly OutboxRow[]): Promise<void> {
    try {
      const unacknowledged = await this.#unacknowledged(batch);
      const sent = batch.filter((row) => !unacknowledged.has(row));
      if (sent.length > 0) this.#unheardSince = undefined;
      for (const row of sent) this.#metrics.published.inc({ topic: row.topic });
      if (sent.length > 0) await this.#outbox.markSent(sent.map((row) => row.id));
      if (unacknowledged.size > 0) await this.#rest();
    } catch (error) {
      this.#logger.warn({ err: error }, "published rows were not marked; they are published again");
      await this.#rest();
    }
  }

  async #unacknowledged(batch: readonly OutboxRow[]): Promise<ReadonlySet<OutboxRow>> {
    const spans = publishSpans(batch);
    try {
      await this.#messaging.publish(batch);
      return new Set();
    } catch (error) {
      const failed = failedRows(error, batch);
      for (const row of failed) spans.get(row)?.setStatus({ code: SpanStatusCode.ERROR });
      const topic = batch[0]?.topic ?? "";
      this.#metrics.publishFailures.inc({ topic }, failed.size);
      this.#logger.warn({ err: error, topic, count: failed.size }, "messages were not acknowledged");
      return failed;
    } finally {
      for (const span of spans.values()) span.end();
    }
  }

  async #measure(): Promise<void> {
    const { count, oldestSeconds, held } = await this.#outbox.backlog();
    this.#metrics.outboxBacklog.set(count);
    this.#metrics.outboxHeld.set(held);
    this.#metrics.outboxAge.set(oldestSeconds);
  }

  async #rest(): Promise<void> {
    if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, restMs));
  }
}

/** A span for each row, in the trace that caused it; none when no traces are recorded. */
function publishSpans(batch: readonly OutboxRow[]): ReadonlyMap<OutboxRow, Span> {
  if (!tracingIsOn()) return new Map();
  const started = ({ topic, headers }: OutboxRow) =>
    startSpan(`publish ${topic}`, {
      kind: SpanKind.PRODUCER,
      attributes: { "messaging.system": "kafka", "messaging.destination.name": topic },
      cause: headers,
    }).span;
  return new Map(batch.map((row) => [row, started(row)]));
}

/** The rows the error names; all of them, when it names none or others. */
function failedRows(error: unknown, batch: readonly OutboxRow[]): ReadonlySet<OutboxRow> {
  if (!(error instanceof PublishError)) return new Set(batch);
  const named = new Set<unknown>(error.failures.map((failure) => failure.message));
  const failed = batch.filter((row) => named.has(row));
  return new Set(failed.length === named.size ? failed : batch);
}
