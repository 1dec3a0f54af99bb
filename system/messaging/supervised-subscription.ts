import { withDeadline } from "../telemetry/clock.ts";
import type { MessagingHooks, SessionEndReason } from "./hooks.ts";
import type { Subscription } from "./messaging.ts";
import { settings } from "./settings.ts";

/** How a session came to its end. */
export interface SessionEnd {
  readonly reason: SessionEndReason;
  readonly error?: unknown;
}

/** One life of a consumer. */
export interface ConsumerSession extends AsyncDisposable {
  /** Joins the group and begins to consume. */
  start(): Promise<void>;
  /** Resolves when the session has ended and a new one is needed. */
  readonly ended: Promise<SessionEnd>;
  joined(): boolean;
}

const restartDelayMs = 500;

/** Keeps a consumer alive: whenever its session ends, whatever the reason, a new one begins. */
export class SupervisedSubscription implements Subscription {
  readonly #newSession: () => ConsumerSession;
  readonly #group: string;
  readonly #hooks: MessagingHooks;
  readonly #closing = Promise.withResolvers<SessionEnd>();
  readonly #finished: Promise<void>;
  #session: ConsumerSession | undefined;
  #closed = false;

  constructor(newSession: () => ConsumerSession, group: string, hooks: MessagingHooks) {
    this.#newSession = newSession;
    this.#group = group;
    this.#hooks = hooks;
    this.#finished = this.#supervise();
  }

  joined(): boolean {
    return this.#session?.joined() ?? false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#closing.resolve({ reason: "closed" });
    await this.#finished;
  }

  async #supervise(): Promise<void> {
    while (!this.#closed) {
      const { reason, error } = await this.#live();
      this.#hooks.onSessionEnded(this.#group, reason, error);
      await this.#pause();
    }
  }

  /** One session from its start to its end. */
  async #live(): Promise<SessionEnd> {
    await using session = this.#newSession();
    try {
      const starting = session.start().then(() => undefined);
      const started = withDeadline(starting, settings.startDeadlineMs, `joining the group ${this.#group}`);
      const ended = await Promise.race([started, session.ended, this.#closing.promise]);
      if (ended) return ended;
      this.#session = session;
      this.#hooks.onSessionStarted(this.#group);
      return await Promise.race([session.ended, this.#closing.promise]);
    } catch (error) {
      return { reason: "not-started", error };
    } finally {
      this.#session = undefined;
    }
  }

  async #pause(): Promise<void> {
    if (this.#closed) return;
    const timer = Promise.withResolvers<void>();
    const handle = setTimeout(timer.resolve, restartDelayMs);
    await Promise.race([timer.promise, this.#closing.promise]);
    clearTimeout(handle);
  }
}
