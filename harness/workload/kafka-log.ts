import { type Duration, milliseconds } from "../util/duration.ts";
import { UsageError } from "../util/errors.ts";
import { until } from "../util/until.ts";
import type { LogClient } from "./kafka/client.ts";
import { readLogFinally } from "./kafka/final-reads.ts";
import { PlatformaticLog } from "./kafka/platformatic.ts";
import { consume } from "./kafka/recorded-consumer.ts";
import { type LogSurroundings, RecordedProducer } from "./kafka/recorded-producer.ts";
import { assertCount, assertRate, OpenLoop } from "./open-loop.ts";
import type { RunningWorkload, Workload, WorkloadContext } from "./workload.ts";

export interface KafkaLogOptions {
  /** Sends a second. */
  readonly rate: number;
  /** Default `log`. */
  readonly topic?: string;
  /** Default 3. */
  readonly partitions?: number;
  /** Default one a partition. Producer k writes to partition k modulo their number, one record at a time. */
  readonly producers?: number;
  /** Members of the consumer group (default 2). */
  readonly consumers?: number;
  /** The client library (default `platformatic`). */
  readonly client?: "platformatic";
  /** What counts as written: all in-sync replicas have it (default), or the leader alone, which loses data. */
  readonly acks?: "all" | "1";
  /** Whether the broker refuses what it has already (default: yes, where `acks` is "all"). */
  readonly idempotent?: boolean;
  /**
   * Whether consumers pass over what they have read since their assignment last changed, as a careful application does
   * (default true): the client delivers records twice when a leader moves (docs/findings/double-fetch.md).
   */
  readonly onlyForward?: boolean;
  /** How long sends may take to be answered after the stop (default 30 s). */
  readonly drainWithin?: Duration;
}

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
  const { acks = "all", partitions = 3, topic = "log" } = options;
  const settings: Settings = {
    topic,
    partitions,
    rate: options.rate,
    producers: options.producers ?? partitions,
    consumers: options.consumers ?? 2,
    acks,
    idempotent: options.idempotent ?? acks === "all",
    onlyForward: options.onlyForward ?? true,
    drainMs: milliseconds(options.drainWithin ?? "30s"),
  };
  assertRate("kafkaLog", settings.rate);
  assertCount("kafkaLog", "partitions", settings.partitions);
  assertCount("kafkaLog", "producers", settings.producers);
  assertCount("kafkaLog", "consumers", settings.consumers);
  if (settings.idempotent && acks !== "all")
    throw new UsageError('kafkaLog: an idempotent producer needs acks "all"');
  return {
    name: "kafka-log",
    description:
      `${settings.rate} records a second to ${partitions} partitions of ${topic}, ${settings.producers} producers ` +
      `(acks ${acks}${settings.idempotent ? ", idempotent" : ""}), a group of ${settings.consumers}`,
    start: (context) => {
      const { kafka } = context.load;
      if (kafka.length === 0) throw new UsageError("kafkaLog: the topology has no Kafka");
      return new RunningKafkaLog(settings, context, new PlatformaticLog({ ...settings, brokers: kafka }));
    },
  };
}

interface Settings {
  readonly topic: string;
  readonly partitions: number;
  readonly rate: number;
  readonly producers: number;
  readonly consumers: number;
  readonly acks: "all" | "1";
  readonly idempotent: boolean;
  readonly onlyForward: boolean;
  readonly drainMs: number;
}

/** The workload under way, over any client library. */
export class RunningKafkaLog implements RunningWorkload<KafkaLogStats> {
  readonly #settings: Settings;
  readonly #context: WorkloadContext;
  readonly #client: LogClient;
  readonly #loop: OpenLoop;
  readonly #producers: readonly RecordedProducer[];
  readonly #consumers: Promise<unknown>;
  readonly #endConsumers = new AbortController();
  readonly #counts = { ok: 0, fail: 0, info: 0, polled: 0 };

  constructor(settings: Settings, context: WorkloadContext, client: LogClient) {
    this.#settings = settings;
    this.#context = context;
    this.#client = client;
    const { history, clock, signal } = context;
    const { topic, producers, partitions, rate, drainMs } = settings;
    this.#loop = new OpenLoop(
      { history, clock, signal },
      {
        rate,
        drainMs,
        clients: producers,
        serve: async ({ number, intended, client: index }) => {
          const ended = await this.#producers[index]?.send(number, intended);
          if (ended !== undefined) this.#counts[ended]++;
        },
      },
    );
    const surroundings: LogSurroundings = { client, topic, history, clock, signal: this.#loop.signal };
    this.#producers = Array.from(
      { length: producers },
      (_, index) => new RecordedProducer(surroundings, index % partitions),
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
    this.#endConsumers.abort(new Error("the drain is over"));
    await this.#consumers;
  }

  async finalReads(): Promise<void> {
    await readLogFinally(
      { ...this.#context, client: this.#client },
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

  async #consume(surroundings: LogSurroundings): Promise<void> {
    const { consumers, topic, onlyForward } = this.#settings;
    await Promise.all(
      Array.from({ length: consumers }, () =>
        consume(surroundings, {
          group: `${topic}-group`,
          onlyForward,
          onRecords: (count) => {
            this.#counts.polled += count;
          },
        }),
      ),
    );
  }
}
