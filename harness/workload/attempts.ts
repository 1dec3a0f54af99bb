import type { History } from "../history/recorder.ts";
import type { OkValue, Refusal, RequestKind } from "../history/transcription-operations.ts";
import { okValues } from "../history/transcription-operations.ts";
import type { Clock } from "../util/clock.ts";
import type { Balancer } from "./balancer.ts";
import type { Outcome, SttClient } from "./stt-client.ts";
import type { SttTransport, UserRequest } from "./stt-transport.ts";
import type { Service } from "./workload.ts";

/** What the users of one workload share. */
export interface Surroundings {
  readonly history: History;
  readonly client: SttClient;
  readonly services: readonly Service[];
  /** Who is sent what, by HTTP; absent: all instances in turn, whether they are there or not. */
  readonly balancer?: Balancer;
  readonly clock: Clock;
  /** Ends every user. */
  readonly signal: AbortSignal;
}

export type Attempt<F extends RequestKind> =
  | { readonly type: "ok"; readonly value: OkValue<F> }
  | Exclude<Outcome, { type: "ok" }>;

const BACKOFF_MS = { first: 100, most: 2_000 };
/** A service that asks for more patience than this is asked again anyway. */
const MOST_RETRY_AFTER_MS = 5_000;

/** One user's requests, one at a time. Each attempt is one operation; after an indeterminate one the user goes on as a new process. */
export class Attempts {
  readonly #surroundings: Surroundings;
  readonly #transport: SttTransport;
  readonly #random: () => number;
  #process: number;

  constructor(surroundings: Surroundings, transport: SttTransport, random: () => number) {
    this.#surroundings = surroundings;
    this.#transport = transport;
    this.#random = random;
    this.#process = surroundings.history.newProcess();
  }

  /**
   * Sends one request and records it.
   * @throws the signal's reason once the workload is over.
   */
  async once<F extends RequestKind>(request: UserRequest<F>): Promise<Attempt<F>> {
    const { history, signal } = this.#surroundings;
    const { f, key, value, intended } = request;
    const instance = await this.#transport.next();
    signal.throwIfAborted();
    const invocation = history.invoke({
      f,
      key,
      value,
      intended,
      process: this.#process,
      node: instance.name,
    });
    const outcome = await instance.send(request);
    const attempt = understood(f, outcome);
    if (attempt.type === "ok") {
      invocation.ok(attempt.value);
    } else if (attempt.type === "fail") {
      invocation.fail(attempt.error, answerOf(attempt));
    } else {
      invocation.info(attempt.error, answerOf(attempt));
      this.#process = history.newProcess();
    }
    return attempt;
  }

  /** Records something that the user did without asking anybody. */
  note(f: string, key: string): void {
    this.#surroundings.history.invoke({ f, key, process: this.#process }).ok();
  }

  /**
   * Repeats an idempotent request, with back-off, until it succeeds or is refused for good (see {@link mayRetry}).
   * @throws the signal's reason once the workload is over.
   */
  async untilAnswered<F extends RequestKind>(request: UserRequest<F>): Promise<Attempt<F>> {
    for (let attempts = 1; ; attempts++) {
      const attempt = await this.once(request);
      if (attempt.type === "ok" || !mayRetry(request.f, attempt)) return attempt;
      await this.backOff(attempts, attempt.retryAfterMs);
    }
  }

  /** Waits before the next attempt: twice as long each time, up to 2 s, with jitter; longer where the service asks. */
  async backOff(attempts: number, retryAfterMs = 0): Promise<void> {
    const { clock, signal } = this.#surroundings;
    const own =
      Math.min(BACKOFF_MS.first * 2 ** (attempts - 1), BACKOFF_MS.most) * (0.5 + this.#random() / 2);
    await clock.sleep(Math.max(own, Math.min(retryAfterMs, MOST_RETRY_AFTER_MS)), signal);
  }
}

/**
 * Whether to ask again: after anything indeterminate, no connection, or "too many requests"; a conversion that comes
 * too early (409); and a poll always.
 */
export function mayRetry(f: RequestKind, outcome: Exclude<Outcome, { type: "ok" }>): boolean {
  if (outcome.type === "info" || outcome.status === undefined || outcome.status === 429) return true;
  return f === "status" || (f === "convert" && outcome.status === 409);
}

/** What the history keeps of an answer that is not ok; undefined when there was no answer. */
function answerOf({ status, retryAfterMs, missing }: Exclude<Outcome, { type: "ok" }>): Refusal | undefined {
  return status === undefined ? undefined : { httpStatus: status, retryAfterMs, missing: missing?.slice() };
}

/** An answer whose body is not what the API says may have had any effect. */
function understood<F extends RequestKind>(f: F, outcome: Outcome): Attempt<F> {
  if (outcome.type !== "ok") return outcome;
  const parsed = okValues[f].safeParse(outcome.body);
  if (parsed.success) return { type: "ok", value: parsed.data as OkValue<F> };
  return { type: "info", error: `an answer of another shape: ${JSON.stringify(outcome.body).slice(0, 120)}` };
}
