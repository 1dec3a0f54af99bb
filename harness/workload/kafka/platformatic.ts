import {
  Admin,
  type BaseOptions,
  findErrorBy,
  GenericError,
  type MessageToProduce,
  MultipleErrors,
  ProduceAcks,
  Producer,
  stringSerializers,
} from "@platformatic/kafka";
import { noes } from "../../history/user-operations.ts";
import { type GroupMember, type LogClient, type LogProducer, type LogReader, SendRefused } from "./client.ts";
import { offsetsOf } from "./offsets.ts";
import { PlatformaticMember } from "./platformatic-member.ts";
import { PlatformaticReader } from "./platformatic-reader.ts";

export interface PlatformaticOptions {
  /** host:port of each broker as the load sees it. */
  readonly brokers: readonly string[];
  /** Who the client is to the brokers (default `load`). */
  readonly clientId?: string;
  readonly acks: "all" | "1";
  readonly idempotent: boolean;
}

/**
 * Refusals that speak of the record or of the right to write it: every attempt at it is refused alike, so none was
 * written. A refusal for the state of the cluster (NOT_ENOUGH_REPLICAS, say) is none of these: an attempt before it may
 * have been written.
 */
const certainRefusals = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_TOPIC_EXCEPTION",
  "INVALID_REQUIRED_ACKS",
  "INVALID_RECORD",
  "INVALID_TIMESTAMP",
  "TOPIC_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "POLICY_VIOLATION",
]);

/** Whether every error in the tree is a certain refusal; a tree that holds anything else leaves the send open. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof MultipleErrors || error instanceof AggregateError)
    return error.errors.length > 0 && error.errors.every(isRefusal);
  return error instanceof GenericError && certainRefusals.has(String(Reflect.get(error, "apiId")));
}

/** What a certain refusal says: of a record that is too large, always the same. */
function whyRefused(error: unknown): string {
  const tooLarge = ["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"];
  const isTooLarge = error instanceof Error && tooLarge.some((id) => findErrorBy(error, "apiId", id));
  return isTooLarge ? noes.tooLarge : String(error);
}

/** Kafka by @platformatic/kafka, with the settings that lost nothing in its tests: one partition a send, endless retries. */
export class PlatformaticLog implements LogClient {
  readonly #options: PlatformaticOptions;
  readonly #base: BaseOptions;

  constructor(options: PlatformaticOptions) {
    this.#options = options;
    this.#base = {
      clientId: options.clientId ?? "load",
      bootstrapBrokers: [...options.brokers],
      connectTimeout: 1_000,
      requestTimeout: 3_000,
      timeout: 3_000,
      retryDelay: 250,
      metadataMaxAge: 5_000,
    };
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    const admin = new Admin({ ...this.#base, retries: 3 });
    try {
      // -1: as the brokers' defaults say.
      await admin.createTopics({ topics: [topic], partitions, replicas: -1 });
    } catch (error) {
      if (!(error instanceof Error && findErrorBy(error, "apiId", "TOPIC_ALREADY_EXISTS"))) throw error;
    } finally {
      await admin.close();
    }
  }

  producer(): LogProducer {
    const acks = this.#options.acks === "all" ? ProduceAcks.ALL : ProduceAcks.LEADER;
    const producer = new Producer<string, string, string, string>({
      ...this.#base,
      retries: true,
      idempotent: this.#options.idempotent,
      acks,
      serializers: stringSerializers,
    });
    producer.on("error", () => {}); // the send that meets it rejects, or is not answered
    const sendAll = async (messages: MessageToProduce<string, string, string, string>[]) => {
      try {
        // Said again here, for a send without acks would fall back to the leader's alone.
        const { offsets = [] } = await producer.send({ acks, messages });
        return offsets.map(({ partition, offset }) => ({ partition, baseOffset: String(offset) }));
      } catch (error) {
        throw isRefusal(error) ? new SendRefused(whyRefused(error), { cause: error }) : error;
      }
    };
    return {
      async send(topic, partition, value, { key, bytes = 0 } = {}) {
        const record = { topic, partition, value: String(value).padEnd(bytes) };
        const written = await sendAll([key === undefined ? record : { ...record, key }]);
        return offsetsOf([{ partition }], written)[0];
      },
      sendBatch: async (topic, records) =>
        offsetsOf(
          records,
          await sendAll(records.map(({ partition, value }) => ({ topic, partition, value: String(value) }))),
        ),
      [Symbol.asyncDispose]: () => producer.close(true),
    };
  }

  member(group: string, topic: string): GroupMember {
    return new PlatformaticMember({ ...this.#base, groupId: group }, topic);
  }

  reader(topic: string, partitions: number): LogReader {
    return new PlatformaticReader(
      { ...this.#base, groupId: `${topic}-final`, retries: 3 },
      topic,
      partitions,
    );
  }
}
