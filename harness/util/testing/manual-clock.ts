import type { Clock } from "../clock.ts";

/** A clock for tests: sleeping takes no time and moves it on. */
export class ManualClock implements Clock {
  #now = 0;

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#now += ms;
  }
}
