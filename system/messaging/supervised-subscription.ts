import type { Logger } from "../telemetry/logger.ts";
import type { Subscription } from "./messaging.ts";

/** One life of a consumer. */
export interface ConsumerSession extends AsyncDisposable {
  /** Resolves, with the reason if there is one, when the session has ended and a new one is needed. */
  readonly ended: Promise<unknown>;
  joined(): boolean;
}

/** Starts a session; one that does not start is disposed of. */
export async function started<Session extends ConsumerSession & { start(): Promise<void> }>(
  session: Session,
): Promise<Session> {
  try {
    await session.start();
    return session;
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}

const restartDelayMs = 500;

/** Keeps a consumer alive: whenever its session ends, whatever the reason, a new one begins. */
export class SupervisedSubscription implements Subscription {
  readonly #start: () => Promise<ConsumerSession>;
  readonly #logger: Logger;
  readonly #closing = Promise.withResolvers<void>();
  readonly #finished: Promise<void>;
  #session: ConsumerSession | undefined;
  #closed = false;

  constructor(start: () => Promise<ConsumerSession>, logger: Logger) {
    this.#start = start;
    this.#logger = logger;
    this.#finished = this.#supervise();
  }

  joined(): boolean {
    return this.#session?.joined() ?? false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#closing.resolve();
    await this.#finished;
  }

  async #supervise(): Promise<void> {
    while (!this.#closed) {
      try {
        await using session = await this.#start();
        this.#session = session;
        const reason = await Promise.race([session.ended, this.#closing.promise]);
        if (!this.#closed)
          this.#logger.warn({ err: reason }, "the Kafka consumer ended and is started again");
      } catch (error) {
        this.#logger.warn({ err: error }, "the Kafka consumer did not start and is tried again");
      } finally {
        this.#session = undefined;
      }
      await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    const timer = Promise.withResolvers<void>();
    const handle = setTimeout(timer.resolve, restartDelayMs);
    await Promise.race([timer.promise, this.#closing.promise]);
    clearTimeout(handle);
  }
}
