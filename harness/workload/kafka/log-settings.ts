import { type Duration, milliseconds } from "../../util/duration.ts";
import { UsageError } from "../../util/errors.ts";
import { assertCount, assertRate } from "../open-loop.ts";
import { type LogClientName, logClients } from "./log-clients.ts";

export interface KafkaLogOptions {
  /** Sends a second. */
  readonly rate: number;
  /** Default `log`. */
  readonly topic?: string;
  /** Default 3. */
  readonly partitions?: number;
  /** Default one a partition. Producer k writes to partition k modulo their number, one record at a time. */
  readonly producers?: number;
  /** Records that a producer hands over in one send (default 1); without keys and sizes only. */
  readonly batch?: number;
  /**
   * The records of a batch go to all partitions by turns (default false: to the producer's own). So most applications send: what is
   * at hand, whatever its keys. Some clients lose acknowledged records of such a send (docs/findings/kafka-clients.md).
   */
  readonly spread?: boolean;
  /** Records have so many keys (default: none), each with one producer; for the checker `ordering`. */
  readonly keys?: number;
  /** The share of all records that one key has (default: as the others). */
  readonly hot?: number;
  /** Size of a record's value, or several by turns (default: as short as its number). */
  readonly bytes?: number | readonly number[];
  /**
   * Members of the consumer group (default 2), within the load; or `nodes`: one on each consumer of the topology
   * (`cluster({ consumers: 3 })`), a process of its own that faults can strike.
   */
  readonly consumers?: number | "nodes";
  /** The client library (default `platformatic`, with settings for safety); `...-defaults`: one as it is without any setting. */
  readonly client?: LogClientName;
  /** What counts as written: all in-sync replicas have it (default), or the leader alone, which loses data. */
  readonly acks?: "all" | "1";
  /** Whether the broker refuses what it has already (default: yes, where `acks` is "all"). */
  readonly idempotent?: boolean;
  /**
   * Whether consumers pass over what they have read since their assignment last changed, as a careful application does
   * (default true): the client delivers records twice when a leader moves (docs/findings/double-fetch.md).
   */
  readonly onlyForward?: boolean;
  /** A send without an answer by then is left open, and its client is closed and replaced (default 10 s). */
  readonly answerWithin?: Duration;
  /** How long sends may take to be answered after the stop, and then the group to have polled them (default 30 s each). */
  readonly drainWithin?: Duration;
}

/** The options of a workload `kafkaLog`, all of them said. */
export interface LogSettings {
  readonly client: LogClientName;
  readonly topic: string;
  readonly partitions: number;
  readonly rate: number;
  readonly producers: number;
  readonly batch: number;
  readonly spread: boolean;
  readonly keys: number;
  readonly hot: number;
  readonly bytes: readonly number[];
  readonly consumers: number | "nodes";
  readonly acks: "all" | "1";
  readonly idempotent: boolean;
  readonly onlyForward: boolean;
  readonly answerWithinMs: number;
  readonly drainMs: number;
}

/** @throws UsageError for options that make no sense. */
export function logSettings(options: KafkaLogOptions): LogSettings {
  const { acks = "all", partitions = 3, topic = "log", client = "platformatic" } = options;
  const settings: LogSettings = {
    client,
    topic,
    partitions,
    rate: options.rate,
    producers: options.producers ?? partitions,
    batch: options.batch ?? 1,
    spread: options.spread ?? false,
    keys: options.keys ?? 0,
    hot: options.hot ?? 1 / (options.keys ?? 1),
    bytes: [options.bytes ?? 0].flat(),
    consumers: options.consumers ?? 2,
    acks,
    idempotent: options.idempotent ?? acks === "all",
    onlyForward: options.onlyForward ?? true,
    answerWithinMs: milliseconds(options.answerWithin ?? "10s"),
    drainMs: milliseconds(options.drainWithin ?? "30s"),
  };
  assertRate("kafkaLog", settings.rate);
  assertCount("kafkaLog", "partitions", settings.partitions);
  assertCount("kafkaLog", "producers", settings.producers);
  assertCount("kafkaLog", "batch", settings.batch);
  if (settings.batch > 1 && (options.keys !== undefined || options.bytes !== undefined))
    throw new UsageError("kafkaLog: records of a batch have neither keys nor sizes");
  if (settings.spread && settings.batch === 1)
    throw new UsageError("kafkaLog: only a batch can be spread", "kafkaLog({ batch: 6, spread: true })");
  if (settings.consumers !== "nodes") assertCount("kafkaLog", "consumers", settings.consumers);
  if (settings.idempotent && acks !== "all")
    throw new UsageError('kafkaLog: an idempotent producer needs acks "all"');
  assertClient(settings, options);
  return settings;
}

function assertClient({ client, consumers }: LogSettings, { acks, idempotent }: KafkaLogOptions): void {
  if (!logClients.includes(client))
    throw new UsageError(`kafkaLog: there is no client ${client}`, `one of ${logClients.join(", ")}`);
  if (client === "platformatic") return;
  if (acks !== undefined || idempotent !== undefined)
    throw new UsageError(
      `kafkaLog: ${client} has acks and idempotence as its library has them`,
      "leave them out",
    );
  if (consumers === "nodes")
    throw new UsageError(`kafkaLog: consumers that are nodes are not by ${client}`, "leave out one of both");
}
