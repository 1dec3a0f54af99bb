import { setMaxListeners } from "node:events";
import type { History } from "../history/recorder.ts";
import type { Clock } from "../util/clock.ts";
import { UsageError } from "../util/errors.ts";

/** What waiting needs. */
export interface TimeAxis {
  readonly history: Pick<History, "now">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Waits until a time on the history's axis, and never wakes before it: a timer may be early by up to 1 ms. */
export async function sleepUntil(dueNs: number, { history, clock, signal }: TimeAxis): Promise<void> {
  for (;;) {
    const ms = (dueNs - history.now()) / 1e6;
    if (ms <= 0) return;
    await clock.sleep(ms, signal);
  }
}

/** Somebody wants something done now: the k-th at k / rate after the beginning, whatever became of those before. */
export interface Arrival {
  /** From 0. */
  readonly number: number;
  /** When it was wanted, in ns on the history's axis. */
  readonly intended: number;
}

/** Who comes with whom. */
export interface ArrivalOptions {
  /** So many come at the same moment, at the same mean rate (default 1). */
  readonly crowd?: number;
}

/** Calls `arrive` at a constant rate until the signal aborts. Late arrivals come at once, each with its own time. */
export async function arrivals(
  rate: number,
  axis: TimeAxis,
  arrive: (arrival: Arrival) => void,
  { crowd = 1 }: ArrivalOptions = {},
): Promise<void> {
  const began = axis.history.now();
  for (let number = 0; !axis.signal.aborted; number++) {
    const crowdsBefore = Math.floor(number / crowd);
    const intended = Math.round(began + ((crowdsBefore * crowd) / rate) * 1e9);
    await sleepUntil(intended, axis).catch(() => undefined);
    if (!axis.signal.aborted) arrive({ number, intended });
  }
}

/** @throws UsageError unless `rate` is a rate. */
export function assertRate(workload: string, rate: number): void {
  if (!(rate > 0 && Number.isFinite(rate)))
    throw new UsageError(`${workload}: rate must be above 0 a second, is ${rate}`);
}

/** @throws UsageError unless `count` is a whole number of at least 1. */
export function assertCount(workload: string, what: string, count: number): void {
  if (!Number.isInteger(count) || count < 1)
    throw new UsageError(`${workload}: ${what} must be 1 or more, is ${count}`);
}

export interface OpenLoopOptions extends ArrivalOptions {
  /** Arrivals a second. */
  readonly rate: number;
  /** So many clients; each serves one at a time, the others wait for their turn. */
  readonly clients: number;
  /** Which client the k-th arrival is for, from 0 (default k modulo their number). */
  readonly clientOf?: (number: number) => number;
  /** How long those that have arrived may take to be served after the stop. */
  readonly drainMs: number;
  /** Serves an arrival; whoever was late keeps the time at which it was wanted. */
  readonly serve: (arrival: Arrival & { readonly client: number }) => Promise<void>;
}

/**
 * A constant rate of arrivals over a fixed number of clients (open loop): a slow system does not slow the arrivals down,
 * it makes them wait, and the history shows how long by their intended time.
 */
export class OpenLoop implements AsyncDisposable {
  readonly #options: OpenLoopOptions;
  readonly #axis: TimeAxis;
  /** Ends the arrivals. */
  readonly #stop = new AbortController();
  /** Ends what is being served. */
  readonly #end = new AbortController();
  /** What each client has yet to do. */
  readonly #turns: Promise<void>[];
  #schedule: Promise<void> = Promise.resolve();
  #broken: { error: unknown } | undefined;
  #arrived = 0;
  #served = 0;

  /** Aborts when whatever is under way has to end. */
  readonly signal: AbortSignal;

  constructor(axis: TimeAxis, options: OpenLoopOptions) {
    this.#options = options;
    this.#axis = axis;
    this.#turns = Array.from({ length: options.clients }, () => Promise.resolve());
    this.signal = AbortSignal.any([axis.signal, this.#end.signal]);
    setMaxListeners(0, this.signal); // every client waits on it
  }

  /** Begins when `ready` resolves; its error, and the first unexpected one of `serve`, is thrown by {@link drained}. */
  start(ready: Promise<void> = Promise.resolve()): void {
    const { history, clock } = this.#axis;
    const signal = AbortSignal.any([this.#stop.signal, this.signal]);
    this.#schedule = ready
      .then(() =>
        arrivals(
          this.#options.rate,
          { history, clock, signal },
          (arrival) => this.#arrive(arrival),
          this.#options,
        ),
      )
      .catch((error: unknown) => this.#break(error));
  }

  stop(): void {
    this.#stop.abort();
  }

  /**
   * Stops, and waits until everybody was served, at most the drain time; then ends the rest.
   * @throws the first unexpected error.
   */
  async drained(): Promise<void> {
    this.stop();
    const settled = new AbortController();
    const all = this.#settled().then(() => settled.abort());
    await this.#axis.clock
      .sleep(this.#options.drainMs, AbortSignal.any([settled.signal, this.#axis.signal]))
      .catch(() => undefined);
    this.#end.abort(new Error("the drain time is over"));
    await all;
    if (this.#broken) throw this.#broken.error;
  }

  /** Waiting: arrived, and neither served nor given up. */
  stats(): { arrived: number; waiting: number } {
    return { arrived: this.#arrived, waiting: this.#arrived - this.#served };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    this.#end.abort(new Error("the workload is over"));
    await this.#settled();
  }

  async #settled(): Promise<void> {
    await this.#schedule;
    await Promise.all(this.#turns);
  }

  #arrive(arrival: Arrival): void {
    const { clients, clientOf = (number) => number % clients } = this.#options;
    const client = clientOf(arrival.number);
    this.#arrived++;
    const turn = (this.#turns[client] ?? Promise.resolve())
      .then(async () => {
        if (this.signal.aborted) return;
        await this.#options.serve({ ...arrival, client });
        this.#served++;
      })
      .catch((error: unknown) => this.#break(error));
    this.#turns[client] = turn;
  }

  #break(error: unknown): void {
    if (!this.signal.aborted) this.#broken ??= { error };
  }
}
