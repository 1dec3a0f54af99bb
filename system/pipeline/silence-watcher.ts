import { savedEvery } from "../coordination/heartbeats.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { RecordingsApi } from "./recordings.ts";

/**
 * Finishes recordings whose heartbeat has expired. It trusts PostgreSQL's note of the last one, which is up to a
 * sixth of the TTL behind (see Heartbeats), and so waits that much longer: a client that is alive is
 * never cut off, also when Redis has lost its keys.
 */
export class SilenceWatcher implements AsyncDisposable {
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(
    recordings: Pick<RecordingsApi, "finishSilent">,
    heartbeatTtlMs: number,
    logger: Logger,
    metrics: Metrics,
  ) {
    const silentMs = heartbeatTtlMs * (1 + savedEvery);
    const look = async () => {
      this.#busy = true;
      try {
        const finished = await recordings.finishSilent(silentMs);
        metrics.heartbeatsExpired.inc(finished);
      } catch (error) {
        logger.warn({ err: error }, "could not look for silent recordings");
      } finally {
        this.#busy = false;
      }
    };
    const everyMs = Math.min(Math.max(heartbeatTtlMs / 6, 200), 5_000);
    this.#timer = setInterval(() => {
      if (!this.#busy) this.#looking = look();
    }, everyMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }
}
