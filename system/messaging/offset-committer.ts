import type { Clock } from "../telemetry/clock.ts";
import type { IncomingMessage } from "./messaging.ts";

const retryMs = 500;

export interface OffsetCommitterOptions {
  /** Commits that everything of the message's partition up to and with it was handled. */
  readonly commit: (message: IncomingMessage) => Promise<void>;
  readonly onCommitFailure: (message: IncomingMessage, error: unknown) => void;
}

/**
 * Commits a partition's offsets behind its handling: one commit at a time, always of the last message handled, and
 * again until it succeeds. So a group coordinator that fails over does not hold up the work, and the last offset of
 * a partition that falls idle is committed all the same.
 */
export class OffsetCommitter {
  readonly #options: OffsetCommitterOptions;
  readonly #clock: Clock;
  #last: IncomingMessage | undefined;
  #running: Promise<void> | undefined;

  constructor(options: OffsetCommitterOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Everything up to and with this message was handled. */
  handled(message: IncomingMessage): void {
    this.#last = message;
    this.#running ??= this.#run();
  }

  /** Forgets what is not committed yet: the partition may be another member's now. */
  reset(): void {
    this.#last = undefined;
  }

  /** Resolves when nothing is left to commit. */
  async flushed(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#last) {
      const message = this.#last;
      try {
        await this.#options.commit(message);
        if (this.#last === message) this.#last = undefined;
      } catch (error) {
        // Harmless but for the lag it shows: at worst the message comes again and is found done.
        this.#options.onCommitFailure(message, error);
        await this.#clock.sleep(retryMs);
      }
    }
    this.#running = undefined;
  }
}
