import { Admin, type ClusterPartitionMetadata, ListOffsetTimestamps } from "@platformatic/kafka";
import { EnvironmentError } from "../util/errors.ts";

/** Where a partition stands, as some live broker sees it. */
export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** Broker number; -1: none. */
  readonly leader: number;
  readonly isr: readonly number[];
  readonly replicas: readonly number[];
}

/** How far a group is behind on a topic, in records. */
export interface GroupLag {
  readonly group: string;
  readonly topic: string;
  readonly lag: number;
}

/**
 * The harness's own view of a cluster, through its own links, which no fault touches. Every broker is asked by a
 * client of its own, and no answer is cached, so that a dead or cut-off broker cannot hide what the others know.
 */
export class KafkaCluster implements AsyncDisposable {
  /** Broker number to its client; brokers are numbered from 1. */
  readonly #brokers: ReadonlyMap<number, Admin>;
  /** A client of the whole cluster, for questions that a certain broker has to answer. */
  readonly #all: Admin;

  /** @param bootstrapServers host:port of broker 1, 2, ... as the harness sees them. */
  constructor(bootstrapServers: readonly string[]) {
    this.#brokers = new Map(bootstrapServers.map((server, index) => [index + 1, newAdmin([server])]));
    this.#all = newAdmin([...bootstrapServers]);
  }

  get size(): number {
    return this.#brokers.size;
  }

  /** Whether a broker answers and has joined the cluster in its own view. */
  async hasJoined(broker: number): Promise<boolean> {
    return (await this.#membersSeenBy(broker)).has(broker);
  }

  /** Whether every broker sees every broker. */
  async isComplete(): Promise<boolean> {
    const views = await Promise.all([...this.#brokers.keys()].map((broker) => this.#membersSeenBy(broker)));
    return views.every((members) => members.size === this.size);
  }

  async #membersSeenBy(broker: number): Promise<ReadonlyMap<number, unknown>> {
    const metadata = await this.#admin(broker).metadata({ topics: [], forceUpdate: true });
    return metadata.brokers;
  }

  /** Names of the topics, Kafka's internal ones included. */
  async topics(): Promise<string[]> {
    return this.#askAny((admin) => admin.listTopics({ includeInternals: true }));
  }

  /**
   * Partitions of topics, as the first broker that answers sees them.
   * @param except brokers not to be asked, for example one that is cut off and believes it still leads.
   */
  async partitions(topics: readonly string[], except: readonly number[] = []): Promise<PartitionState[]> {
    const metadata = await this.#askAny(
      (admin) => admin.metadata({ topics: [...topics], forceUpdate: true }),
      except,
    );
    return [...metadata.topics].flatMap(([topic, { partitions }]) =>
      partitions.map((state: ClusterPartitionMetadata, partition: number) => ({
        topic,
        partition,
        leader: state.leader,
        isr: state.isr,
        replicas: state.replicas,
      })),
    );
  }

  /**
   * The broker that leads a partition.
   * @throws EnvironmentError when it has no leader.
   */
  async leaderOf(topic: string, partition: number): Promise<number> {
    const states = await this.partitions([topic]);
    const leader = states.find((state) => state.partition === partition)?.leader ?? -1;
    if (leader < 1) throw new EnvironmentError(`partition ${topic}[${partition}] has no leader`);
    return leader;
  }

  /** How far each consumer group is behind, over the topics it has committed offsets for. */
  async lags(): Promise<GroupLag[]> {
    const groups = [...(await this.#all.listGroups()).keys()];
    if (groups.length === 0) return [];
    const committed = (await this.#all.listConsumerGroupOffsets({ groups })).flatMap((group) =>
      group.topics.map((topic) => ({ group: group.groupId, ...topic })),
    );
    const ends = await this.#endOffsets(new Set(committed.map(({ name }) => name)));
    return committed.map(({ group, name, partitions }) => ({
      group,
      topic: name,
      lag: partitions
        .filter(({ committedOffset }) => committedOffset >= 0n)
        .reduce((sum, { partitionIndex, committedOffset }) => {
          const end = ends.get(`${name}[${partitionIndex}]`) ?? committedOffset;
          return sum + Math.max(0, Number(end - committedOffset));
        }, 0),
    }));
  }

  async #endOffsets(topics: ReadonlySet<string>): Promise<Map<string, bigint>> {
    const states = await this.partitions([...topics]);
    const listed = await this.#all.listOffsets({
      topics: [...topics].map((name) => ({
        name,
        partitions: states
          .filter(({ topic }) => topic === name)
          .map(({ partition }) => ({ partitionIndex: partition, timestamp: ListOffsetTimestamps.LATEST })),
      })),
    });
    return new Map(
      listed.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, offset }) => [`${name}[${partitionIndex}]`, offset] as const),
      ),
    );
  }

  #admin(broker: number): Admin {
    const admin = this.#brokers.get(broker);
    if (!admin) throw new RangeError(`there is no broker ${broker}`);
    return admin;
  }

  async #askAny<T>(ask: (admin: Admin) => Promise<T>, except: readonly number[] = []): Promise<T> {
    const candidates = [...this.#brokers].filter(([number]) => !except.includes(number));
    try {
      return await Promise.any(candidates.map(([, admin]) => ask(admin)));
    } catch (error) {
      throw new EnvironmentError("no Kafka broker answers", {
        cause: error,
        hint: "see the logs of the kafka nodes in the run's folder",
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#brokers.values(), this.#all].map((admin) => admin.close()));
  }
}

function newAdmin(bootstrapBrokers: string[]): Admin {
  const admin = new Admin({
    clientId: "faultline",
    bootstrapBrokers,
    retries: 0,
    timeout: 2_000,
    connectTimeout: 1_000,
    requestTimeout: 2_000,
  });
  return admin;
}
