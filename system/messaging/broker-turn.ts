import type { Address } from "../config.ts";
import { type Clock, systemClock } from "../telemetry/clock.ts";
import { settings } from "./settings.ts";

/**
 * Which of the bootstrap brokers is asked first. A broker that accepts connections and does not answer, as a paused one
 * does, would otherwise hold up every client that begins with it; once one client has found out, all begin with the next.
 */
export class BrokerTurn {
  readonly #brokers: readonly Address[];
  readonly #clock: Clock;
  #turn = 0;
  #changedAt = Number.NEGATIVE_INFINITY;

  constructor(brokers: readonly Address[], clock: Clock = systemClock) {
    this.#brokers = brokers;
    this.#clock = clock;
  }

  /** Counts up, one for each broker that was passed on. */
  get turn(): number {
    return this.#turn;
  }

  /** The brokers, beginning with the one whose turn it is. */
  inTurn(): Address[] {
    const first = this.#turn % this.#brokers.length;
    return [...this.#brokers.slice(first), ...this.#brokers.slice(0, first)];
  }

  /** The first broker did not answer. Calls close together speak of the same broker, and count once. */
  passOn(): void {
    const now = this.#clock.now();
    if (now - this.#changedAt < settings.connectTimeoutMs) return;
    this.#changedAt = now;
    this.#turn++;
  }
}
