import type { History } from "../../history/recorder.ts";
import type { Clock } from "../../util/clock.ts";
import { messageOf } from "../../util/errors.ts";
import { type LogClient, type LogProducer, SendRefused } from "./client.ts";
import type { LogRecords } from "./records.ts";

/** What producers and consumers of one workload share. */
export interface LogSurroundings {
  readonly client: LogClient;
  readonly topic: string;
  /** What the records are beside their numbers (default: nothing). */
  readonly records?: LogRecords;
  readonly history: History;
  readonly clock: Clock;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** A send without an answer by then may be written or not, and its producer sends no more. */
const answerWithinMs = 10_000;

/**
 * A producer of one partition, with one send at a time; each is an operation. After one that is left open it goes on as
 * another producer under another process: the old client is closed, and never sends again.
 */
export class RecordedProducer implements AsyncDisposable {
  readonly #s: LogSurroundings;
  readonly #partition: number;
  #process: number;
  /** Those of the records of a batch, by their place in it. */
  #batchProcesses: number[] = [];
  #producer: LogProducer;

  constructor(surroundings: LogSurroundings, partition: number) {
    this.#s = surroundings;
    this.#partition = partition;
    this.#process = surroundings.history.newProcess();
    this.#producer = surroundings.client.producer();
  }

  /** @returns how it ended. */
  async send(number: number, intended: number): Promise<"ok" | "fail" | "info"> {
    const { history, topic, signal, records } = this.#s;
    signal.throwIfAborted();
    const key = `${topic}-${this.#partition}`;
    const value = records?.shown(number) ?? number;
    const record = { key: records?.keyOf(number), bytes: records?.bytesOf(number) ?? 0 };
    const invocation = history.invoke({ f: "send", process: this.#process, key, value, intended });
    try {
      const offset = await this.#inTime(this.#producer.send(topic, this.#partition, number, record));
      invocation.ok({ key, ...(offset === undefined ? {} : { offset }), value });
      return "ok";
    } catch (error) {
      if (error instanceof SendRefused) {
        invocation.fail(error.message);
        return "fail";
      }
      invocation.info(messageOf(error));
      await this.#renew();
      return "info";
    }
  }

  /** Sends several in one request; each is an operation, by a process of its own. @returns how they all ended. */
  async sendBatch(numbers: readonly number[], intended: number): Promise<"ok" | "fail" | "info"> {
    const { history, topic, signal } = this.#s;
    signal.throwIfAborted();
    const key = `${topic}-${this.#partition}`;
    const invocations = numbers.map((value, index) => {
      this.#batchProcesses[index] ??= history.newProcess();
      return history.invoke({ f: "send", process: this.#batchProcesses[index], key, value, intended });
    });
    try {
      const first = await this.#inTime(this.#producer.sendBatch(topic, this.#partition, numbers));
      for (const [index, invocation] of invocations.entries())
        invocation.ok({
          key,
          ...(first === undefined ? {} : { offset: first + index }),
          value: numbers[index],
        });
      return "ok";
    } catch (error) {
      const refused = error instanceof SendRefused;
      for (const invocation of invocations) {
        if (refused) invocation.fail(error.message);
        else invocation.info(messageOf(error));
      }
      if (refused) return "fail";
      this.#batchProcesses = [];
      await this.#renew();
      return "info";
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer[Symbol.asyncDispose]();
  }

  async #inTime<T>(answer: Promise<T>): Promise<T> {
    answer.catch(() => {}); // it may come when nobody waits any more
    const over = new AbortController();
    const late = this.#s.clock
      .sleep(answerWithinMs, AbortSignal.any([over.signal, this.#s.signal]))
      .then(() => Promise.reject(new Error(`no answer within ${answerWithinMs} ms`)));
    late.catch(() => {});
    try {
      return await Promise.race([answer, late]);
    } finally {
      over.abort(new Error("answered"));
    }
  }

  /** The old client is closed in the background: one that hangs must not hold up the new one. */
  async #renew(): Promise<void> {
    this.#producer[Symbol.asyncDispose]().then(undefined, () => {});
    this.#process = this.#s.history.newProcess();
    this.#producer = this.#s.client.producer();
  }
}
