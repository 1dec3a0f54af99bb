import {
  Connection,
  consumerGroupDescribeV0,
  describeQuorumV2,
  metadataV12,
  ResponseError,
} from "@platformatic/kafka";
import { z } from "zod";
import { hostPort } from "../util/host-port.ts";
import { electPreferredLeaders } from "./elect-leaders.ts";

/** Where a partition stands, as some broker sees it. */
export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** Broker number; -1: none. */
  readonly leader: number;
  /** Rises with every election: of two views, the one with the higher epoch is newer. */
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly replicas: readonly number[];
}

/** A member of a consumer group. */
export interface GroupMember {
  /** Unique in its group: a client that joins anew is another member. */
  readonly id: string;
  readonly clientId: string;
  /** The topics it wants records of. */
  readonly topics: readonly string[];
  /** What is assigned to it: `["orders[0]"]`. */
  readonly partitions: readonly string[];
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
  readonly #address: string;
  #connection: Connection | undefined;

  /** @param address host:port of the broker. */
  constructor(address: string) {
    this.#address = address;
  }

  /** @throws Error when the broker does not answer. */
  async ask(): Promise<ClusterView> {
    const connection = await this.#connected();
    return viewOf(await askMetadata(connection));
  }

  /**
   * The controller that leads the metadata quorum, as this broker knows it.
   * @returns a broker number and the epoch of its leadership.
   * @throws Error when the broker does not answer.
   */
  async askQuorum(): Promise<{ leader: number; epoch: number }> {
    const connection = await this.#connected();
    const { topics } = await describeQuorumV2.api.async(connection, [
      { topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] },
    ]);
    const partition = topics[0]?.partitions[0];
    return { leader: partition?.leaderId ?? -1, epoch: partition?.leaderEpoch ?? -1 };
  }

  /**
   * The members of a group of the consumer protocol (KIP-848), as its coordinator has them.
   * @throws Error when the broker does not answer, is not the coordinator, or the group is not of that protocol.
   */
  async askConsumerGroup(group: string): Promise<GroupMember[]> {
    const connection = await this.#connected();
    const { groups } = await consumerGroupDescribeV0.api.async(connection, [group], false);
    return groups.flatMap(({ members }) =>
      members.map(({ memberId, clientId, subscribedTopicNames, assignment }) => ({
        id: memberId,
        clientId,
        topics: subscribedTopicNames,
        partitions: assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
          partitions.map((partition) => `${topicName}[${partition}]`),
        ),
      })),
    );
  }

  /** Asks it to have every partition led by its preferred leader, where that is in sync. */
  async electPreferredLeaders(): Promise<void> {
    await electPreferredLeaders(await this.#connected(), timeouts.requestTimeout);
  }

  async #connected(): Promise<Connection> {
    if (this.#connection?.isConnected()) return this.#connection;
    await this.#connection?.close().catch(() => {});
    const connection = new Connection("faultline", timeouts);
    connection.on("error", () => {}); // the request under way rejects with it
    const { host, port } = hostPort(this.#address);
    await connection.connect(host, port);
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
      partitions.map(({ partitionIndex, leaderId, leaderEpoch, isrNodes, replicaNodes }) => ({
        topic: name ?? "",
        partition: partitionIndex,
        leader: leaderId,
        leaderEpoch,
        isr: isrNodes,
        replicas: replicaNodes,
      })),
    ),
  };
}

/**
 * Every partition by the newest view of it. A broker that is cut off goes on answering with what it last heard: old
 * leaders, and itself in sync. The higher leader epoch is newer; in the same epoch the smaller in-sync set counts,
 * so that nothing is called in sync that any broker knows to be out of it.
 */
export function newestPartitions(views: readonly ClusterView[]): PartitionState[] {
  const newest = new Map<string, PartitionState>();
  for (const state of views.flatMap(({ partitions }) => partitions)) {
    const key = `${state.topic}[${state.partition}]`;
    const known = newest.get(key);
    if (!known || isNewer(state, known)) newest.set(key, state);
  }
  return [...newest.values()];
}

const isNewer = (a: PartitionState, b: PartitionState): boolean =>
  a.leaderEpoch > b.leaderEpoch || (a.leaderEpoch === b.leaderEpoch && a.isr.length < b.isr.length);
