import { setTimeout as sleep } from "node:timers/promises";
import { Admin, ListOffsetTimestamps } from "@platformatic/kafka";
import { EnvironmentError } from "../util/errors.ts";
import {
  type ClusterView,
  type GroupMember,
  KafkaBrokerView,
  newestPartitions,
  type PartitionState,
} from "./kafka-broker-view.ts";

/** How long the other brokers may take once one has answered. */
const graceMs = 500;

/** How far a group is behind on a topic, in records. */
export interface GroupLag {
  readonly group: string;
  readonly topic: string;
  readonly lag: number;
}

/** Who is in a consumer group. */
export interface GroupState {
  readonly group: string;
  readonly members: readonly GroupMember[];
  /** Partitions of the members' topics that none of them has. */
  readonly unassigned: number;
}

/**
 * The harness's own view of a cluster, through its own links, which no fault touches. Brokers are asked one by one and
 * no answer is cached, so that a dead or cut-off broker cannot hide what the others know.
 */
export class KafkaCluster implements AsyncDisposable {
  readonly #brokers: readonly KafkaBrokerView[];
  /** A client of the whole cluster, for questions that a certain broker has to answer. */
  readonly #admin: Admin;
  /** Names of the groups, with their protocol: `classic`, or `consumer` (KIP-848). */
  #groups: ReadonlyMap<string, string> = new Map();

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

  /** All partitions, those of Kafka's internal topics included, as the newest of the brokers' views has them. */
  async partitions(): Promise<readonly PartitionState[]> {
    return newestPartitions(await this.#askAll());
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

  /**
   * The broker that is the active controller: the leader of the metadata quorum, by the newest epoch that any broker
   * knows. (The controller that a Metadata response names is any broker: KIP-590.)
   * @throws EnvironmentError when none leads.
   */
  async controller(): Promise<number> {
    const answers = await Promise.allSettled(this.#brokers.map((broker) => broker.askQuorum()));
    const known = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    const newest = known.sort((a, b) => b.epoch - a.epoch)[0];
    if (newest === undefined || newest.leader < 1)
      throw new EnvironmentError("no controller leads the cluster");
    return newest.leader;
  }

  /**
   * The client id of the member of a group that a partition is assigned to.
   * @throws EnvironmentError when nobody has it.
   */
  async ownerOf(group: string, topic: string, partition: number): Promise<string> {
    const members = [...(await this.#classicMembers(group)), ...(await this.#consumerMembers(group))];
    const owner = members.find(({ partitions }) => partitions.includes(`${topic}[${partition}]`));
    if (!owner) throw new EnvironmentError(`nobody in group ${group} owns ${topic}[${partition}]`);
    return owner.clientId;
  }

  /** Members that rebalance among themselves; none, when the group is of the other protocol. */
  async #classicMembers(group: string): Promise<GroupMember[]> {
    const members =
      (await this.#admin.describeGroups({ groups: [group] })).get(group)?.members.values() ?? [];
    return [...members].map(({ id, clientId, assignments }) => ({
      id,
      clientId,
      topics: [...(assignments?.keys() ?? [])],
      partitions: [...(assignments?.values() ?? [])].flatMap(({ topic, partitions }) =>
        partitions.map((partition) => `${topic}[${partition}]`),
      ),
    }));
  }

  /** Members that the coordinator assigns partitions to (KIP-848): only it knows, so every broker is asked. */
  async #consumerMembers(group: string): Promise<GroupMember[]> {
    const answers = await Promise.allSettled(this.#brokers.map((broker) => broker.askConsumerGroup(group)));
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  }

  /** Every consumer group of which its coordinator tells, as it has it: a member that died is one until its session ends. */
  async groups(): Promise<GroupState[]> {
    const [groups, partitions] = await Promise.all([this.#groupTypes(), this.partitions()]);
    const described = [...groups].map(async ([group, type]) => {
      const members =
        type === "classic"
          ? await this.#classicMembers(group)
          : await Promise.any(this.#brokers.map((broker) => broker.askConsumerGroup(group)));
      const topics = new Set(members.flatMap((member) => member.topics));
      const assigned = new Set(members.flatMap((member) => member.partitions));
      const unassigned = partitions.filter(
        ({ topic, partition }) => topics.has(topic) && !assigned.has(`${topic}[${partition}]`),
      ).length;
      return { group, members, unassigned };
    });
    const answers = await Promise.allSettled(described);
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  }

  /**
   * Has every partition led by its preferred leader again, where that is in sync.
   * @throws EnvironmentError when no broker takes the request.
   */
  async electPreferredLeaders(): Promise<void> {
    try {
      await Promise.any(this.#brokers.map((broker) => broker.electPreferredLeaders()));
    } catch (error) {
      throw new EnvironmentError("no Kafka broker has the preferred leaders elected", { cause: error });
    }
  }

  /** How far each consumer group is behind, over the topics it has committed offsets for. */
  async lags(): Promise<GroupLag[]> {
    const groups = [...(await this.#groupTypes()).keys()];
    if (groups.length === 0) return [];
    const committed = (await this.#admin.listConsumerGroupOffsets({ groups })).flatMap((group) =>
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
  async #groupTypes(): Promise<ReadonlyMap<string, string>> {
    if (this.#brokers.length === 0) return new Map(); // the client would wait for an answer for ever
    try {
      const listed = await this.#admin.listGroups({ types: ["classic", "consumer"] });
      this.#groups = new Map([...listed].map(([name, { groupType }]) => [name, groupType ?? "classic"]));
    } catch (error) {
      if (this.#groups.size === 0) throw error;
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

  /** The views of the brokers that answer, soon after the first does: a paused one must not hold up the others. */
  async #askAll(): Promise<ClusterView[]> {
    const views: ClusterView[] = [];
    const answers = this.#brokers.map(async (broker) => views.push(await broker.ask()));
    try {
      await Promise.any(answers);
      const grace = new AbortController();
      await Promise.race([
        Promise.allSettled(answers).finally(() => grace.abort()),
        sleep(graceMs, undefined, { signal: grace.signal }).catch(() => {}),
      ]);
      return [...views];
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
