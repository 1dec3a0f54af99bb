import { madeBy } from "../util/call.ts";
import { UsageError } from "../util/errors.ts";
import { TimeoutError, until } from "../util/until.ts";
import type { LogClient, LogRecord } from "./kafka/client.ts";
import { readLogFinally } from "./kafka/final-reads.ts";
import { logClient } from "./kafka/log-clients.ts";
import { type KafkaLogOptions, type LogSettings, logSettings } from "./kafka/log-settings.ts";
import { consume } from "./kafka/recorded-consumer.ts";
import { type LogSurroundings, RecordedProducer } from "./kafka/recorded-producer.ts";
import { LogRecords } from "./kafka/records.ts";
import { RemoteMembers } from "./kafka/remote-member.ts";
import { OpenLoop } from "./open-loop.ts";
import type { RunningWorkload, Workload, WorkloadContext } from "./workload.ts";

/** Counts of records. */
export type KafkaLogStats = Readonly<{
  sent: number;
  refused: number;
  /** Without an answer. */
  indeterminate: number;
  /** Due, and not sent yet. */
  waiting: number;
  polled: number;
}>;

/**
 * Producers that send numbers, each once, at a constant rate whatever Kafka does (open loop), and a group that consumes
 * them; in the end every partition is read from its beginning. The history is for the checker `log`.
 * @throws UsageError for settings that make no sense.
 */
export function kafkaLog(options: KafkaLogOptions): Workload<KafkaLogStats> {
  const settings = logSettings(options);
  const { client, topic, partitions, acks, idempotent } = settings;
  const how =
    client === "platformatic" ? `acks ${acks}${idempotent ? ", idempotent" : ""}` : `the client ${client}`;
  return {
    name: "kafka-log",
    description:
      `${settings.rate} records a second to ${partitions} partitions of ${topic}, ${settings.producers} producers ` +
      `(${how}), a group of ${settings.consumers === "nodes" ? "all consumers" : settings.consumers}`,
    rate: settings.rate,
    atRate: (rate) => kafkaLog({ ...options, rate }),
    ...madeBy("kafkaLog", options),
    start: (context) => {
      const { kafka } = context.load;
      if (kafka.length === 0) throw new UsageError("kafkaLog: the topology has no Kafka");
      if (settings.consumers === "nodes" && context.consumers.length === 0)
        throw new UsageError(
          "kafkaLog: the topology has no consumers",
          "cluster({ kafka: 3, consumers: 3 })",
        );
      return new RunningKafkaLog(settings, context, logClient(client, { acks, idempotent, brokers: kafka }));
    },
  };
}

/** The workload under way, over any client library. */
export class RunningKafkaLog implements RunningWorkload<KafkaLogStats> {
  readonly #settings: LogSettings;
  readonly #context: WorkloadContext;
  readonly #client: LogClient;
  readonly #loop: OpenLoop;
  readonly #producers: readonly RecordedProducer[];
  readonly #records: LogRecords;
  readonly #consumers: Promise<unknown>;
  readonly #endConsumers = new AbortController();
  readonly #counts = { ok: 0, fail: 0, info: 0, polled: 0 };
  /** What the group has polled, and what was acknowledged and not polled by it yet. */
  readonly #polled = new Set<number>();
  readonly #notPolled = new Set<number>();

  constructor(settings: LogSettings, context: WorkloadContext, client: LogClient) {
    this.#settings = settings;
    this.#context = context;
    this.#client = client;
    const { history, clock, signal } = context;
    const { topic, producers, partitions, rate, batch, spread, answerWithinMs, drainMs } = settings;
    const records = new LogRecords({ ...settings, seed: context.seed });
    this.#records = records;
    this.#loop = new OpenLoop(
      { history, clock, signal },
      {
        rate: rate / batch,
        drainMs,
        clients: producers,
        clientOf: (number) => records.producerOf(number),
        serve: ({ number, intended, client }) => this.#send(client, number, intended),
      },
    );
    const surroundings: LogSurroundings = {
      ...{ client, topic, records, history, clock, answerWithinMs },
      signal: this.#loop.signal,
    };
    this.#producers = Array.from(
      { length: producers },
      (_, index) => new RecordedProducer(surroundings, (number) => (spread ? number : index) % partitions),
    );
    const ready = this.#createTopic();
    this.#loop.start(ready);
    this.#consumers = ready.then(
      () => this.#consume({ ...surroundings, signal: AbortSignal.any([signal, this.#endConsumers.signal]) }),
      () => {}, // told by the loop
    );
  }

  stop(): void {
    this.#loop.stop();
  }

  async drained(): Promise<void> {
    await this.#loop.drained();
    await this.#consumed();
    this.#endConsumers.abort(new Error("the drain is over"));
    await this.#consumers;
  }

  async finalReads(): Promise<void> {
    await readLogFinally(
      { ...this.#context, client: this.#client, records: this.#records },
      this.#settings.topic,
      this.#settings.partitions,
    );
  }

  stats(): KafkaLogStats {
    const { ok, fail, info, polled } = this.#counts;
    return { sent: ok, refused: fail, indeterminate: info, waiting: this.#loop.stats().waiting, polled };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    this.#endConsumers.abort(new Error("the workload is over"));
    await this.#consumers;
    await Promise.all(this.#producers.map((producer) => producer[Symbol.asyncDispose]()));
  }

  async #createTopic(): Promise<void> {
    const { topic, partitions } = this.#settings;
    await until(
      () => this.#client.createTopic(topic, partitions).then(() => true),
      `the topic ${topic} is made`,
      this.#context.clock,
    )
      .every("500ms")
      .unless(this.#context.signal)
      .atMost("30s");
  }

  /** Sends a producer's next record, or the batch of that number. */
  async #send(producer: number, number: number, intended: number): Promise<void> {
    const { batch } = this.#settings;
    const numbers = Array.from({ length: batch }, (_, index) => number * batch + index);
    const by = this.#producers[producer];
    const ended = await (batch > 1 ? by?.sendBatch(numbers, intended) : by?.send(number, intended));
    if (ended !== undefined) this.#counts[ended] += batch;
    for (const sent of numbers) if (ended === "ok" && !this.#polled.has(sent)) this.#notPolled.add(sent);
  }

  /** Waits until the group has polled all that was acknowledged; what the leader alone had may never come. */
  async #consumed(): Promise<void> {
    const { acks, drainMs } = this.#settings;
    const { clock, signal } = this.#context;
    if (acks !== "all") return;
    await until(() => this.#notPolled.size === 0, "the group has polled what was acknowledged", clock)
      .every("100ms")
      .unless(signal)
      .atMost(`${drainMs}ms`)
      .catch((error: unknown) => {
        if (!(error instanceof TimeoutError)) throw error; // the checker `consumed` says what is missing
      });
  }

  async #consume(surroundings: LogSurroundings): Promise<void> {
    const { consumers, topic, onlyForward } = this.#settings;
    const options = { group: `${topic}-group`, onlyForward, onRecords: this.#note };
    if (consumers !== "nodes") {
      await Promise.all(Array.from({ length: consumers }, () => consume(surroundings, options)));
      return;
    }
    await Promise.all(
      this.#context.consumers.map(async (consumer) => {
        await using members = new RemoteMembers(consumer);
        await consume(surroundings, { ...options, members, node: consumer.name });
      }),
    );
  }

  readonly #note = (records: readonly LogRecord[]): void => {
    this.#counts.polled += records.length;
    for (const { value } of records) {
      this.#polled.add(value);
      this.#notPolled.delete(value);
    }
  };
}
