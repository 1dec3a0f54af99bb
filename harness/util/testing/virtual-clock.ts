import type { Clock } from "../clock.ts";

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * A clock for tests of things that go on at once: time stands still while anybody has something to do, then jumps to when
 * the next sleeper is due. Sleepers wake in the order of their times.
 */
export class VirtualClock implements Clock {
  #now = 0;
  #sleepers: Sleeper[] = [];
  #pumping = false;

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const sleeper = { due: this.#now + ms, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#pump();
    });
  }

  /** An immediate comes when all promises that could be settled are. */
  #pump(): void {
    if (this.#pumping || this.#sleepers.length === 0) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#wakeNext();
      this.#pump();
    });
  }

  #wakeNext(): void {
    const next = this.#sleepers.reduce<Sleeper | undefined>(
      (first, one) => (first === undefined || one.due < first.due ? one : first),
      undefined,
    );
    if (next === undefined) return;
    this.#sleepers = this.#sleepers.filter((one) => one !== next);
    this.#now = Math.max(this.#now, next.due);
    next.wake();
  }
}
