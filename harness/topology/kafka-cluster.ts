import { Admin, ListOffsetTimestamps } from "@platformatic/kafka";
import { EnvironmentError } from "../util/errors.ts";
import { type ClusterView, KafkaBrokerView, type PartitionState } from "./kafka-broker-view.ts";

/** How far a group is behind on a topic, in records. */
export interface GroupLag {
  readonly group: string;
  readonly topic: string;
  readonly lag: number;
}

/**
 * The harness's own view of a cluster, through its own links, which no fault touches. Brokers are asked one by one and
 * no answer is cached, so that a dead or cut-off broker cannot hide what the others know.
 */
export class KafkaCluster implements AsyncDisposable {
  readonly #brokers: readonly KafkaBrokerView[];
  /** A client of the whole cluster, for questions that a certain broker has to answer. */
  readonly #admin: Admin;
  #groups: readonly string[] = [];

  /** @param bootstrapServers host:port of broker 1, 2, ... as the harness sees them. */
  constructor(bootstrapServers: readonly string[]) {
    this.#brokers = bootstrapServers.map((server) => new KafkaBrokerView(server));
    this.#admin = new Admin({
      clientId: "faultline",
      bootstrapBrokers: [...bootstrapServers],
      retries: 0,
      timeout: 2_000,
      connectTimeout: 1_000,
      requestTimeout: 2_000,
    });
  }

  /** Whether a broker answers and has joined the cluster in its own view. */
  async hasJoined(broker: number): Promise<boolean> {
    const view = await this.#brokers[broker - 1]?.ask();
    return view?.brokers.has(broker) ?? false;
  }

  /** Whether every broker sees every broker. */
  async isComplete(): Promise<boolean> {
    const views = await Promise.all(this.#brokers.map((broker) => broker.ask()));
    return views.every(({ brokers }) => brokers.size === this.#brokers.length);
  }

  /** All partitions, those of Kafka's internal topics included, as the first broker that answers sees them. */
  async partitions(): Promise<readonly PartitionState[]> {
    return (await this.#askAny()).partitions;
  }

  /**
   * The broker that leads a partition.
   * @throws EnvironmentError when it has no leader.
   */
  async leaderOf(topic: string, partition: number): Promise<number> {
    const states = await this.partitions();
    const state = states.find((one) => one.topic === topic && one.partition === partition);
    if (!state || state.leader < 1)
      throw new EnvironmentError(`partition ${topic}[${partition}] has no leader`);
    return state.leader;
  }

  /** How far each consumer group is behind, over the topics it has committed offsets for. */
  async lags(): Promise<GroupLag[]> {
    const groups = await this.#groupNames();
    if (groups.length === 0) return [];
    const committed = (await this.#admin.listConsumerGroupOffsets({ groups: [...groups] })).flatMap((group) =>
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

  /** Listing groups asks every broker, so it fails while one is down: then the last known ones stand. */
  async #groupNames(): Promise<readonly string[]> {
    try {
      this.#groups = [...(await this.#admin.listGroups({ types: ["classic", "consumer"] })).keys()];
    } catch (error) {
      if (this.#groups.length === 0) throw error;
    }
    return this.#groups;
  }

  async #endOffsets(topics: ReadonlySet<string>): Promise<Map<string, bigint>> {
    const states = await this.partitions();
    const listed = await this.#admin.listOffsets({
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

  async #askAny(): Promise<ClusterView> {
    try {
      return await Promise.any(this.#brokers.map((broker) => broker.ask()));
    } catch (error) {
      throw new EnvironmentError("no Kafka broker answers", {
        cause: error,
        hint: "see the logs of the kafka nodes in the run's folder",
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#brokers, this.#admin].map((client) => client.close()));
  }
}
