import { ConfigError } from "../config.ts";
import type { RawMessage } from "./incoming.ts";

/**
 * The part of @confluentinc/kafka-javascript (1.10.1, its promise API) that is used here. The package is an optional peer: it
 * builds a native library, so it is neither installed nor known to the compiler unless an operator wants it.
 */
export interface ConfluentLibrary {
  readonly KafkaJS: {
    readonly Kafka: new (
      settings: Settings,
    ) => {
      producer(settings: Settings): ConfluentProducer;
      consumer(settings: Settings): ConfluentConsumer;
      admin(settings?: Settings): ConfluentAdmin;
    };
  };
}

/** librdkafka's own settings by their names, and a block `kafkaJS` with the promise API's. */
export type Settings = Readonly<Record<string, unknown>>;

interface Connectable {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

export interface ConfluentProducer extends Connectable {
  send(record: {
    topic: string;
    messages: { partition: number; key: string; value: string; headers: Record<string, string> }[];
  }): Promise<unknown>;
  /** Uses the producer's connections, and ends with it. */
  dependentAdmin(): ConfluentAdmin;
}

export interface ConfluentAdmin extends Connectable {
  listTopics(options: { timeout: number }): Promise<string[]>;
  /** Topics that exist already are no error. */
  createTopics(options: {
    topics: {
      topic: string;
      numPartitions: number;
      replicationFactor: number;
      configEntries: { name: string; value: string }[];
    }[];
    timeout: number;
  }): Promise<boolean>;
  fetchTopicMetadata(options: {
    topics: string[];
    timeout: number;
  }): Promise<{ name: string; partitions: { leader: number; replicas: number[] }[] }[]>;
}

export interface ConfluentTopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface ConfluentBatch {
  readonly batch: {
    readonly topic: string;
    readonly partition: number;
    readonly messages: RawMessage[];
  };
  isStale(): boolean;
  /** The batch is done up to this offset, also when it is found stale. */
  resolveOffset(offset: string): void;
}

export interface ConfluentConsumer extends Connectable {
  subscribe(options: { topics: string[] }): Promise<void>;
  run(options: {
    partitionsConsumedConcurrently: number;
    eachBatch: (payload: ConfluentBatch) => Promise<void>;
  }): Promise<void>;
  commitOffsets(offsets: (ConfluentTopicPartition & { offset: string })[]): Promise<void>;
  pause(topics: { topic: string }[]): void;
  resume(topics: { topic: string }[]): void;
  assignment(): ConfluentTopicPartition[];
}

/** What a rebalance callback is told; the numbers are librdkafka's. */
export const rebalanceCodes = { assign: -175, revoke: -174 } as const;

export interface RebalanceControls {
  /** Whether the partitions are another member's already. */
  assignmentLost(): boolean;
}

// In a variable, so that the compiler does not look for it.
const packageName: string = "@confluentinc/kafka-javascript";

/** @throws ConfigError when the package is not installed, or not built for this machine. */
export async function loadConfluent(name: string = packageName): Promise<ConfluentLibrary> {
  try {
    return (await import(name)) as ConfluentLibrary;
  } catch (cause) {
    throw new ConfigError(
      `STT_KAFKA_CLIENT=confluent needs the package ${packageName}, which could not be loaded: ` +
        `${cause instanceof Error ? cause.message.split("\n")[0] : cause}\n` +
        `  install it with: npm install ${packageName}@1.10.1\n` +
        "  (where no prebuilt library fits, that needs make, a C++ compiler and the headers of OpenSSL; with\n" +
        "  CKJS_LINKING=dynamic it needs fewer libraries), or choose STT_KAFKA_CLIENT=platformatic or kafkajs",
      { cause },
    );
  }
}
