import { type Clock, systemClock } from "./clock.ts";
import { type Duration, formatDuration, milliseconds } from "./duration.ts";

/** The condition of an {@link until} did not come true in time. `lastError` is what the last try threw, if it did. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
  readonly lastError: unknown;
  constructor(message: string, lastError: unknown) {
    super(message, { cause: lastError });
    this.lastError = lastError;
  }
}

/** A condition: done when it returns something truthy; a throw counts as "not yet". */
export type Condition<T> = () => T | Promise<T>;

type Truthy<T> = Exclude<T, false | null | undefined | 0 | "">;

/**
 * Waits for a condition instead of sleeping:
 * `await until(() => broker.isReady(), "kafka-1 answers").every("50ms").atMost("30s")`.
 * @param what what is awaited, for the error message.
 */
export function until<T>(condition: Condition<T>, what: string, clock: Clock = systemClock): Until<T> {
  return new Until(condition, what, clock);
}

class Until<T> {
  readonly #condition: Condition<T>;
  readonly #what: string;
  readonly #clock: Clock;
  #intervalMs = 50;
  #signal: AbortSignal | undefined;

  constructor(condition: Condition<T>, what: string, clock: Clock) {
    this.#condition = condition;
    this.#what = what;
    this.#clock = clock;
  }

  /** How long to wait between two tries (default 50 ms). */
  every(interval: Duration): this {
    this.#intervalMs = milliseconds(interval);
    return this;
  }

  /** Gives up, with the signal's reason, when it aborts. */
  unless(signal: AbortSignal | undefined): this {
    this.#signal = signal;
    return this;
  }

  /**
   * Tries until the condition is truthy and returns its value. The condition is always tried at least once.
   * @throws TimeoutError naming what was awaited, how long, and the last error.
   */
  async atMost(limit: Duration): Promise<Truthy<T>> {
    const limitMs = milliseconds(limit);
    const start = this.#clock.now();
    let lastError: unknown;
    for (;;) {
      this.#signal?.throwIfAborted();
      try {
        const value = await this.#condition();
        if (value) return value as Truthy<T>;
        lastError = undefined;
      } catch (error) {
        lastError = error;
      }
      if (this.#clock.now() - start + this.#intervalMs > limitMs) {
        const reason = lastError instanceof Error ? `; last error: ${lastError.message}` : "";
        throw new TimeoutError(
          `waited ${formatDuration(limitMs)} in vain until ${this.#what}${reason}`,
          lastError,
        );
      }
      await this.#clock.sleep(this.#intervalMs, this.#signal);
    }
  }
}
