import {
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  handleWhenResult,
  type RetryPolicy,
  retry,
} from "cockatiel";
import type { DagloConfig } from "../config.ts";
import { type FailureReason, ProviderError } from "./speech-provider.ts";

/** Pauses between the tries within a call: decorrelated jitter from about the first number, at most the second. */
const retryPause = { initialDelay: 50, maxDelay: 500 };

/** Calls that may wait for one that is under way, for each that may be under way. */
const waitingPerCall = 8;

/** Failures that a second try within the same call may mend. The others take their time, or say when to come back. */
const worthAnotherTry: ReadonlySet<FailureReason> = new Set<FailureReason>(["unreachable", "failed"]);

/** Failures that say that the upstream is not well. A refusal or a request for patience comes from one that is. */
const hurting: ReadonlySet<FailureReason> = new Set<FailureReason>([
  "unreachable",
  "failed",
  "timeout",
  "malformed",
]);

type Outcome<T> = { readonly value: T; readonly error?: never } | { readonly error: ProviderError };

export type Circuit = "closed" | "half-open" | "open";

export interface CallGuardEvents {
  circuitIs(circuit: Circuit): void;
}

/**
 * Stands between the service and its upstream: so many calls at once, a few tries each, and none at all while the
 * upstream is known not to be well. After that pause one call at a time goes through, until one succeeds.
 */
export class CallGuard {
  readonly #retry: RetryPolicy;
  readonly #bulkhead;
  readonly #circuit;
  /** By the monotonic clock, milliseconds: the end of the pause since the circuit last opened. */
  #openUntil = 0;

  constructor(limits: Pick<DagloConfig, "concurrency" | "retries" | "circuit">, events: CallGuardEvents) {
    const { concurrency, retries, circuit } = limits;
    this.#retry = retry(handleWhen(mayBeTriedAgain), {
      maxAttempts: retries,
      backoff: new ExponentialBackoff(retryPause),
    });
    this.#bulkhead = bulkhead(concurrency, concurrency * waitingPerCall);
    this.#circuit = circuitBreaker(handleWhenResult(hurts), {
      // The library measures the pause by the wall clock: set back, that would keep the circuit open for as long as it
      // went back. So the library knows of no pause, and it is kept in #whileWell.
      halfOpenAfter: Number.NEGATIVE_INFINITY,
      breaker: new ConsecutiveBreaker(circuit.failures),
    });
    this.#circuit.onBreak(() => {
      this.#openUntil = performance.now() + circuit.openMs;
      events.circuitIs("open");
    });
    this.#circuit.onHalfOpen(() => events.circuitIs("half-open"));
    this.#circuit.onReset(() => events.circuitIs("closed"));
  }

  /**
   * @param call one try, numbered from 0; it must settle soon after the signal aborts.
   * @param replayable whether it may be tried again: false when its body can be read only once.
   * @throws ProviderError of the last try, or `overloaded` or `circuit-open` when it was not made.
   */
  async run<T>(
    call: (attempt: number) => Promise<T>,
    { replayable, signal }: { replayable: boolean; signal: AbortSignal },
  ): Promise<T> {
    const tryOnce = async (attempt: number) => {
      try {
        return await this.#bulkhead.execute(() => this.#whileWell(() => call(attempt)), signal);
      } catch (error) {
        if (!(error instanceof BulkheadRejectedError)) throw error;
        throw new ProviderError("too many calls to Daglo wait already: not sent", true, {
          reason: "overloaded",
          cause: error,
        });
      }
    };
    return replayable ? this.#retry.execute(({ attempt }) => tryOnce(attempt), signal) : tryOnce(0);
  }

  async #whileWell<T>(call: () => Promise<T>): Promise<T> {
    const { state } = this.#circuit;
    const wait = Math.ceil(this.#openUntil - performance.now());
    // While one call tries, the library would keep the others waiting for what comes of it.
    if (state === CircuitState.HalfOpen || (state === CircuitState.Open && wait > 0)) {
      throw new ProviderError("Daglo failed too often in a row: not asked for a while", true, {
        reason: "circuit-open",
        retryAfterMs: Math.max(wait, 0),
      });
    }
    const outcome = await this.#circuit.execute(() => outcomeOf(call));
    if (outcome.error) throw outcome.error;
    return outcome.value;
  }
}

async function outcomeOf<T>(call: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    if (error instanceof ProviderError) return { error };
    throw error;
  }
}

function mayBeTriedAgain(error: unknown): boolean {
  return (
    error instanceof ProviderError && worthAnotherTry.has(error.reason) && error.retryAfterMs === undefined
  );
}

function hurts(outcome: unknown): boolean {
  const { error } = outcome as Outcome<unknown>; // the library does not know what it runs
  return error !== undefined && hurting.has(error.reason);
}
