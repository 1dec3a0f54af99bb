/** The call was not made: the circuit is open. */
export class CircuitOpen extends Error {
  override readonly name = "CircuitOpen";
}

/**
 * A circuit breaker: after `threshold` failures in a row, calls fail at once for `openMs`; then one call at a time is
 * let through until one succeeds. So a dependency that hangs costs one timeout a while, not one for each call.
 */
export class Breaker {
  readonly #threshold: number;
  readonly #openMs: number;
  readonly #now: () => number;
  #failures = 0;
  #openUntil = 0;
  #probing = false;

  constructor(threshold: number, openMs: number, now: () => number = () => performance.now()) {
    this.#threshold = threshold;
    this.#openMs = openMs;
    this.#now = now;
  }

  /** @throws CircuitOpen without making the call. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    const tripped = this.#failures >= this.#threshold;
    if (tripped && (this.#probing || this.#now() < this.#openUntil)) throw new CircuitOpen("circuit open");
    if (tripped) this.#probing = true;
    try {
      const result = await call();
      this.#failures = 0;
      return result;
    } catch (error) {
      this.#failures++;
      this.#openUntil = this.#now() + this.#openMs;
      throw error;
    } finally {
      if (tripped) this.#probing = false;
    }
  }
}
