import { Redis, type RedisOptions, ReplyError } from "ioredis";
import { type RedisView, redisMaster } from "../topology/redis.ts";
import { hostPort } from "../util/host-port.ts";

/** Why a command did not end well. */
export class RegisterError extends Error {
  override readonly name = "RegisterError";
  /** Whether it certainly had no effect. */
  readonly refused: boolean;
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.refused = isRefusal(cause);
  }
}

/** Replies of a server that would not begin the command, a script's first write included. */
const refusals = ["READONLY", "NOREPLICAS", "LOADING", "MASTERDOWN", "MISCONF", "OOM", "NOAUTH"];

/** ioredis's words for a command that it did not send, since there is no connection. */
const neverSent = "Stream isn't writeable";

/** Whether a command that failed with this certainly had no effect; a timeout and a lost connection leave it open. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof ReplyError) return refusals.some((code) => error.message.startsWith(code));
  return error.message.startsWith(neverSent);
}

/** Sets a register if it has a certain value; says whether it had. */
const casScript = `
  if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('set', KEYS[1], ARGV[2])
  return 1`;

/** Every command has an answer, or none that counts, within a second; none is sent twice. */
const bounds = {
  commandTimeout: 1_000,
  connectTimeout: 1_000,
  socketTimeout: 2_000,
  disconnectTimeout: 300,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  retryStrategy: (times: number) => Math.min(times * 50, 500),
  // A demoted primary says READONLY: reconnect, and find the new one.
  reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
} satisfies RedisOptions;

/** One client's connection to registers in Redis: numbers, by key. */
export class RedisRegisters implements Disposable {
  readonly #redis: Redis;

  constructor(view: RedisView) {
    this.#redis =
      "url" in view ? new Redis(view.url, bounds) : new Redis({ ...bounds, ...sentinelOptions(view) });
    this.#redis.on("error", () => {}); // the command that meets it rejects
  }

  /** The value; null when there is none. @throws RegisterError */
  async read(key: string): Promise<number | null> {
    const value = await this.#ask(this.#redis.get(key));
    return value === null ? null : Number(value);
  }

  /** @throws RegisterError */
  async write(key: string, value: number): Promise<void> {
    await this.#ask(this.#redis.set(key, value));
  }

  /** Replaces `old` by `value`; says whether `old` was there. @throws RegisterError */
  async cas(key: string, old: number, value: number): Promise<boolean> {
    return (await this.#ask(this.#redis.eval(casScript, 1, key, old, value))) === 1;
  }

  [Symbol.dispose](): void {
    this.#redis.disconnect();
  }

  async #ask<T>(reply: Promise<T>): Promise<T> {
    try {
      return await reply;
    } catch (error) {
      throw new RegisterError(error);
    }
  }
}

function sentinelOptions({ sentinels, natMap }: Exclude<RedisView, { url: string }>) {
  return {
    name: redisMaster,
    sentinels: sentinels.map(hostPort),
    sentinelCommandTimeout: 1_000,
    sentinelRetryStrategy: (times: number) => Math.min(times * 50, 500),
    failoverDetector: true,
    natMap: (announced: string) => {
      const seen = natMap[announced];
      return seen === undefined ? null : hostPort(seen);
    },
  };
}
