import { Admin, ListOffsetTimestamps } from "@platformatic/kafka";
import { until } from "../util/until.ts";
import type { PartitionState } from "./kafka-broker-view.ts";
import type { KafkaCluster } from "./kafka-cluster.ts";

/** How long what is under way in the consumers may take. */
const readWithin = "4s";

/** From its first record that is still there to the one that comes next. */
interface Extent {
  readonly topic: string;
  readonly partition: number;
  readonly start: bigint;
  readonly end: bigint;
}

/** The topics and groups of a cluster, against those that it had when stock was taken. */
export class KafkaData {
  readonly #cluster: KafkaCluster;
  readonly #bootstrapServers: readonly string[];
  readonly #topics: ReadonlySet<string>;
  readonly #groups: ReadonlySet<string>;

  private constructor(
    cluster: KafkaCluster,
    bootstrapServers: readonly string[],
    stock: { topics: readonly string[]; groups: readonly string[] },
  ) {
    this.#cluster = cluster;
    this.#bootstrapServers = bootstrapServers;
    this.#topics = new Set(stock.topics);
    this.#groups = new Set(stock.groups);
  }

  /**
   * Takes stock: what is there now is what it is emptied to later.
   * @param bootstrapServers as the harness sees them; none: there is no Kafka.
   */
  static async takeStock(cluster: KafkaCluster, bootstrapServers: readonly string[]): Promise<KafkaData> {
    if (bootstrapServers.length === 0)
      return new KafkaData(cluster, bootstrapServers, { topics: [], groups: [] });
    return withAdmin(bootstrapServers, async (admin) => {
      const groups = [...(await groupsOf(admin)).keys()];
      return new KafkaData(cluster, bootstrapServers, {
        topics: topicsOf(await cluster.partitions()),
        groups,
      });
    });
  }

  /**
   * Waits until its groups have read all there is, then deletes all records, topics and groups that came later, and
   * gives each partition back to its preferred leader.
   */
  async empty(): Promise<void> {
    if (this.#bootstrapServers.length === 0) return;
    await withAdmin(this.#bootstrapServers, async (admin) => {
      const allRead = async () => {
        const behind = await this.#behind(admin, await this.#extents(admin));
        if (behind.length > 0) throw new Error(behind.join("; "));
        return true;
      };
      await until(allRead, "all records are read").every("100ms").atMost(readWithin);
      await this.#deleteLater(admin);
      const full = (await this.#extents(admin)).filter(({ start, end }) => start < end);
      if (full.length > 0) await admin.deleteRecords({ topics: upTo(full) });
      if (displaced(await this.#cluster.partitions()).length > 0) await this.#cluster.electPreferredLeaders();
    });
  }

  /** @returns what is there beyond the stock, or missing from it, one sentence each. */
  async leftovers(): Promise<string[]> {
    if (this.#bootstrapServers.length === 0) return [];
    return withAdmin(this.#bootstrapServers, async (admin) => {
      const states = await this.#cluster.partitions();
      const topics = topicsOf(states);
      const groups = await groupsOf(admin);
      const extents = await this.#extents(admin);
      return [
        ...later(topics, this.#topics).map((topic) => `there is the topic ${topic}`),
        ...later([...this.#topics], new Set(topics)).map((topic) => `the topic ${topic} is gone`),
        ...later([...groups.keys()], this.#groups).map((group) => `there is the group ${group}`),
        ...[...this.#groups].flatMap((group) => {
          const state = groups.get(group)?.toLowerCase() ?? "gone";
          return state === "stable" ? [] : [`the group ${group} is ${state}`];
        }),
        ...(await this.#behind(admin, extents)),
        ...extents
          .filter(({ start, end }) => start < end)
          .map(({ topic, partition, start, end }) => `${end - start} records in ${topic}[${partition}]`),
        ...displaced(states).map(
          ({ topic, partition, leader, replicas }) =>
            `${topic}[${partition}] is led by ${leader}, not by ${replicas[0]}`,
        ),
      ];
    });
  }

  async #deleteLater(admin: Admin): Promise<void> {
    const groups = later([...(await groupsOf(admin)).keys()], this.#groups);
    if (groups.length > 0) await admin.deleteGroups({ groups });
    const topics = later(topicsOf(await this.#cluster.partitions()), this.#topics);
    if (topics.length > 0) await admin.deleteTopics({ topics });
  }

  async #extents(admin: Admin): Promise<Extent[]> {
    const states = (await this.#cluster.partitions()).filter(({ topic }) => this.#topics.has(topic));
    if (states.length === 0) return [];
    const byTopic = Map.groupBy(states, ({ topic }) => topic);
    const offsets = async (timestamp: bigint): Promise<Map<string, bigint>> => {
      const listed = await admin.listOffsets({
        topics: [...byTopic].map(([name, partitions]) => ({
          name,
          partitions: partitions.map(({ partition }) => ({ partitionIndex: partition, timestamp })),
        })),
      });
      return new Map(
        listed.flatMap(({ name, partitions }) =>
          partitions.map(({ partitionIndex, offset }) => [`${name}[${partitionIndex}]`, offset] as const),
        ),
      );
    };
    const starts = await offsets(ListOffsetTimestamps.EARLIEST);
    const ends = await offsets(ListOffsetTimestamps.LATEST);
    return states.map(({ topic, partition }) => {
      const name = `${topic}[${partition}]`;
      const start = starts.get(name) ?? 0n;
      return { topic, partition, start, end: ends.get(name) ?? start };
    });
  }

  /** What its groups have not read of topics they read. Where a group has committed nothing yet, it has read nothing. */
  async #behind(admin: Admin, extents: readonly Extent[]): Promise<string[]> {
    if (this.#groups.size === 0) return [];
    const committed = await admin.listConsumerGroupOffsets({ groups: [...this.#groups] });
    return committed.flatMap(({ groupId, topics }) =>
      topics.flatMap(({ name, partitions }) => {
        const offsetOf = (partition: number) =>
          partitions.find(({ partitionIndex }) => partitionIndex === partition)?.committedOffset ?? -1n;
        const unread = extents
          .filter(({ topic }) => topic === name)
          .reduce((sum, { partition, start, end }) => {
            const next = offsetOf(partition);
            return sum + Number(end - (next > start ? next : start));
          }, 0);
        return unread > 0 ? [`the group ${groupId} has not read ${unread} records of ${name}`] : [];
      }),
    );
  }
}

async function withAdmin<T>(
  bootstrapServers: readonly string[],
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = new Admin({ clientId: "faultline-reset", bootstrapBrokers: [...bootstrapServers] });
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}

/** Groups and their states. */
async function groupsOf(admin: Admin): Promise<Map<string, string>> {
  const groups = await admin.listGroups({ types: ["classic", "consumer"] });
  return new Map([...groups].map(([name, { state }]) => [name, state]));
}

/** Without Kafka's own. */
const topicsOf = (states: readonly PartitionState[]): string[] => [
  ...new Set(states.map(({ topic }) => topic).filter((topic) => !topic.startsWith("__"))),
];

const later = (present: readonly string[], stock: ReadonlySet<string>): string[] =>
  present.filter((name) => !stock.has(name));

/** Those that another than the preferred leader leads. */
const displaced = (states: readonly PartitionState[]): PartitionState[] =>
  states.filter(({ leader, replicas }) => leader !== replicas[0]);

const upTo = (extents: readonly Extent[]) =>
  [...Map.groupBy(extents, ({ topic }) => topic)].map(([name, partitions]) => ({
    name,
    partitions: partitions.map(({ partition, end }) => ({ partition, offset: end })),
  }));
