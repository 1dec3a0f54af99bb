import { Connection, metadataV12, ResponseError } from "@platformatic/kafka";
import { z } from "zod";

/** Where a partition stands, as some broker sees it. */
export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** Broker number; -1: none. */
  readonly leader: number;
  readonly isr: readonly number[];
  readonly replicas: readonly number[];
}

/** What one broker believes of the cluster. */
export interface ClusterView {
  /** Numbers of the brokers that it holds for alive. */
  readonly brokers: ReadonlySet<number>;
  /** All partitions, those of Kafka's internal topics included. */
  readonly partitions: readonly PartitionState[];
}

const timeouts = { connectTimeout: 1_000, requestTimeout: 2_000 };

/**
 * Asks one broker, and only that one, for its view of the cluster. It speaks the protocol's Metadata request (version
 * 12) itself, because the client's admin leaves internal topics out, caches, and fails when any partition has no leader:
 * the very moment we want to see.
 */
export class KafkaBrokerView {
  readonly #host: string;
  readonly #port: number;
  #connection: Connection | undefined;

  /** @param address host:port of the broker. */
  constructor(address: string) {
    const separator = address.lastIndexOf(":");
    this.#host = address.slice(0, separator);
    this.#port = Number(address.slice(separator + 1));
  }

  /** @throws Error when the broker does not answer. */
  async ask(): Promise<ClusterView> {
    const connection = this.#connection?.isConnected() ? this.#connection : await this.#connect();
    return viewOf(await askMetadata(connection));
  }

  async #connect(): Promise<Connection> {
    await this.#connection?.close().catch(() => {});
    const connection = new Connection("faultline", timeouts);
    connection.on("error", () => {}); // the request under way rejects with it
    await connection.connect(this.#host, this.#port);
    this.#connection = connection;
    return connection;
  }

  async close(): Promise<void> {
    await this.#connection?.close();
  }
}

async function askMetadata(connection: Connection): Promise<metadataV12.MetadataResponse> {
  const allTopics = null;
  try {
    return await metadataV12.api.async(connection, allTopics, false, false);
  } catch (error) {
    // A partition without a leader is an error in the protocol; the response is whole all the same.
    if (error instanceof ResponseError) return partialResponse.parse(error).response;
    throw error;
  }
}

const partialResponse = z.object({
  response: z.custom<metadataV12.MetadataResponse>((value) => value !== undefined),
});

function viewOf({ brokers, topics }: metadataV12.MetadataResponse): ClusterView {
  return {
    brokers: new Set(brokers.map(({ nodeId }) => nodeId)),
    partitions: topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, leaderId, isrNodes, replicaNodes }) => ({
        topic: name ?? "",
        partition: partitionIndex,
        leader: leaderId,
        isr: isrNodes,
        replicas: replicaNodes,
      })),
    ),
  };
}
