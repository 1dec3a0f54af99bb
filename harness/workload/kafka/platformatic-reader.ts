import { Admin, type BaseOptions, Consumer, ListOffsetTimestamps } from "@platformatic/kafka";
import type { LogReader, LogRecord } from "./client.ts";

/** Of a batch's attributes: it holds marks of transactions, no records. */
const controlBatch = 0x20;

/** Reads partitions by plain fetches from their leaders, without a group: what it reads nobody can take away. */
export class PlatformaticReader implements LogReader {
  readonly #options: BaseOptions;
  readonly #consumer: Consumer<Buffer, Buffer, Buffer, Buffer>;
  readonly #topic: string;
  readonly #partitions: number;

  constructor(options: BaseOptions & { readonly groupId: string }, topic: string, partitions: number) {
    this.#options = options;
    this.#consumer = new Consumer(options);
    this.#consumer.on("error", () => {}); // the call that meets it rejects
    this.#topic = topic;
    this.#partitions = partitions;
  }

  ends(): Promise<readonly number[]> {
    return endOffsets(this.#options, this.#topic, this.#partitions);
  }

  async read(partition: number, from: number): Promise<readonly LogRecord[]> {
    const metadata = await this.#consumer.metadata({ topics: [this.#topic], forceUpdate: true });
    const topic = metadata.topics.get(this.#topic);
    const leader = topic?.partitions[partition]?.leader;
    if (topic === undefined || leader === undefined || leader < 0)
      throw new Error(`${this.#topic}-${partition} has no leader`);
    const wanted = {
      partition,
      fetchOffset: BigInt(from),
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      partitionMaxBytes: 1 << 20,
    };
    const { responses } = await this.#consumer.fetch({
      node: leader,
      topics: [{ topicId: topic.id, partitions: [wanted] }],
      minBytes: 1,
      maxBytes: 1 << 20,
      maxWaitTime: 500,
      isolationLevel: 0,
    });
    const batches = responses.flatMap((response) =>
      response.partitions.flatMap(({ records }) => records ?? []),
    );
    return batches
      .filter(({ attributes }) => (attributes & controlBatch) === 0)
      .flatMap(({ firstOffset, records }) =>
        records.map(({ offsetDelta, value }) => ({
          partition,
          offset: Number(firstOffset) + offsetDelta,
          value: Number(value),
        })),
      )
      .filter(({ offset }) => offset >= from); // a broker sends whole batches
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consumer.close(true);
  }
}

/** The offset after the last record of each partition, asked anew. */
async function endOffsets(base: BaseOptions, topic: string, partitions: number): Promise<number[]> {
  const admin = new Admin({ ...base, retries: 3 });
  try {
    const wanted = Array.from({ length: partitions }, (_, partitionIndex) => ({
      partitionIndex,
      timestamp: ListOffsetTimestamps.LATEST,
    }));
    const [listed] = await admin.listOffsets({ topics: [{ name: topic, partitions: wanted }] });
    const ends = new Map(
      listed?.partitions.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]),
    );
    return wanted.map(({ partitionIndex }) => {
      const end = ends.get(partitionIndex);
      if (end === undefined) throw new Error(`no broker tells the end of ${topic}-${partitionIndex}`);
      return end;
    });
  } finally {
    await admin.close();
  }
}
