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
  /** A send without an answer by then may be written or not, and its producer sends no more. */
  readonly answerWithinMs: number;
}

/**
 * A producer with one send at a time; each is an operation. After one that is left open it goes on as another producer
 * under another process: the old client is closed, and never sends again.
 */
export class RecordedProducer implements AsyncDisposable {
  readonly #s: LogSurroundings;
  readonly #partitionOf: (number: number) => number;
  #process: number;
  /** Those of the records of a batch, by their place in it. */
  #batchProcesses: number[] = [];
  #producer: LogProducer;

  /** @param partitionOf which partition a record is for, by its number. */
  constructor(surroundings: LogSurroundings, partitionOf: (number: number) => number) {
    this.#s = surroundings;
    this.#partitionOf = partitionOf;
    this.#process = surroundings.history.newProcess();
    this.#producer = surroundings.client.producer();
  }

  /** @returns how it ended. */
  async send(number: number, intended: number): Promise<"ok" | "fail" | "info"> {
    const { history, topic, signal, records } = this.#s;
    signal.throwIfAborted();
    const partition = this.#partitionOf(number);
    const key = `${topic}-${partition}`;
    const value = records?.shown(number) ?? number;
    const record = { key: records?.keyOf(number), bytes: records?.bytesOf(number) ?? 0 };
    const invocation = history.invoke({ f: "send", process: this.#process, key, value, intended });
    try {
      const offset = await this.#inTime(this.#producer.send(topic, partition, number, record));
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

  /** Sends several at once; each is an operation, by a process of its own. @returns how they all ended. */
  async sendBatch(numbers: readonly number[], intended: number): Promise<"ok" | "fail" | "info"> {
    const { history, topic, signal } = this.#s;
    signal.throwIfAborted();
    const records = numbers.map((value) => ({ partition: this.#partitionOf(value), value }));
    const operations = records.map(({ partition, value }, index) => {
      this.#batchProcesses[index] ??= history.newProcess();
      const key = `${topic}-${partition}`;
      const process = this.#batchProcesses[index];
      return { key, value, invocation: history.invoke({ f: "send", process, key, value, intended }) };
    });
    try {
      const offsets = await this.#inTime(this.#producer.sendBatch(topic, records));
      for (const [index, { key, value, invocation }] of operations.entries()) {
        const offset = offsets[index];
        invocation.ok({ key, ...(offset === undefined ? {} : { offset }), value });
      }
      return "ok";
    } catch (error) {
      // What one partition refused, another one may have taken.
      const refused =
        error instanceof SendRefused && records.every(({ partition }) => partition === records[0]?.partition);
      for (const { invocation } of operations) {
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
    const { answerWithinMs } = this.#s;
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
