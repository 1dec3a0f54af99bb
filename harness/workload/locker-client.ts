import { Agent, request } from "undici";
import { z } from "zod";
import { noes } from "../history/user-operations.ts";
import { type Outcome, outcomeOf, outcomeOfError } from "./stt-client.ts";
import type { Service } from "./workload.ts";

/** Longer than a holder is paused for: its user waits with it, as a thread in it would. */
const answerWithinMs = 20_000;

const acquired = z.object({ fence: z.int() });

/** A lock that a program holds for its user. */
export interface HeldLock {
  readonly lock: string;
  readonly fence: number;
}

/** How a call ended. */
export type LockerOutcome<T> =
  | { readonly type: "ok"; readonly value: T }
  | { readonly type: "fail" | "info"; readonly error: string };

/**
 * An HTTP client of the programs that use the service's lock (system/actors/lock-user.ts), one connection a call at a
 * time. It never repeats a call.
 */
export class LockerClient implements AsyncDisposable {
  readonly #agent = new Agent({ connections: 64, pipelining: 1, connect: { timeout: 2_000 } });

  /**
   * Takes a lock, or is told at once that it is busy.
   * @param atMostMs after so long the program gives it back by itself.
   */
  async acquire(
    locker: Service,
    lock: string,
    atMostMs: number,
    signal: AbortSignal,
  ): Promise<LockerOutcome<HeldLock>> {
    const answer = await this.#post(locker, `/locks/${lock}/acquire`, { atMostMs }, signal);
    if (answer.type !== "ok") {
      if (answer.status === 409) return { type: "fail", error: noes.busy };
      // The program says 503 only when it holds nothing.
      return answer.status === 503 ? { type: "fail", error: answer.error } : answer;
    }
    const parsed = acquired.safeParse(answer.body);
    return parsed.success
      ? { type: "ok", value: { lock, fence: parsed.data.fence } }
      : { type: "info", error: `an answer of another shape: ${JSON.stringify(answer.body).slice(0, 120)}` };
  }

  /** Writes to what the lock guards. */
  async write(
    locker: Service,
    { lock, fence }: HeldLock,
    value: string,
    signal: AbortSignal,
  ): Promise<LockerOutcome<null>> {
    const answer = await this.#post(locker, `/locks/${lock}/${fence}/write`, { value }, signal);
    if (answer.type === "ok") return { type: "ok", value: null };
    return answer.status === 409 ? { type: "fail", error: noes.stale } : answer;
  }

  async release(
    locker: Service,
    { lock, fence }: HeldLock,
    signal: AbortSignal,
  ): Promise<LockerOutcome<null>> {
    const answer = await this.#post(locker, `/locks/${lock}/${fence}/release`, {}, signal);
    return answer.type === "ok" ? { type: "ok", value: null } : answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  async #post(locker: Service, path: string, body: object, signal: AbortSignal): Promise<Outcome> {
    const timeout = AbortSignal.timeout(answerWithinMs);
    try {
      const response = await request(new URL(path, locker.baseUrl), {
        method: "POST",
        dispatcher: this.#agent,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.any([signal, timeout]),
      });
      return outcomeOf("POST", response.statusCode, await response.body.text());
    } catch (error) {
      if (timeout.aborted) return { type: "info", error: `no answer within ${answerWithinMs} ms` };
      if (signal.aborted) return { type: "info", error: "the run ended before an answer" };
      return outcomeOfError(error);
    }
  }
}
