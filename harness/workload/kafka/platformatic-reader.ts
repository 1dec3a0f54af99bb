import { Admin, type BaseOptions, Consumer, ListOffsetTimestamps } from "@platformatic/kafka";
import type { LogReader, LogRecord } from "./client.ts";

/** Of a batch's attributes: it holds marks of transactions, no records. */
const controlBatch = 0x20;

/** A record as it is in the log, as text. */
export interface RawRecord {
  readonly offset: number;
  readonly value: string;
  readonly headers: ReadonlyMap<string, string>;
}

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
    return edges(this.#options, this.#topic, this.#partitions, ListOffsetTimestamps.LATEST);
  }

  /** The offset of the first record that is still there, by partition; where there is none, that of the next. */
  starts(): Promise<readonly number[]> {
    return edges(this.#options, this.#topic, this.#partitions, ListOffsetTimestamps.EARLIEST);
  }

  async read(partition: number, from: number): Promise<readonly LogRecord[]> {
    const records = await this.records(partition, from);
    return records.map(({ offset, value }) => ({ partition, offset, value: Number(value) }));
  }

  /** The same with all that a record holds. */
  async records(partition: number, from: number): Promise<readonly RawRecord[]> {
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
        records.map(({ offsetDelta, value, headers }) => ({
          offset: Number(firstOffset) + offsetDelta,
          value: value?.toString() ?? "",
          headers: new Map(headers.map(([name, content]) => [String(name), String(content)])),
        })),
      )
      .filter(({ offset }) => offset >= from); // a broker sends whole batches
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consumer.close(true);
  }
}

/** The first or the last offset of each partition, asked anew. */
async function edges(
  base: BaseOptions,
  topic: string,
  partitions: number,
  timestamp: bigint,
): Promise<number[]> {
  const admin = new Admin({ ...base, retries: 3 });
  try {
    const wanted = Array.from({ length: partitions }, (_, partitionIndex) => ({
      partitionIndex,
      timestamp,
    }));
    const [listed] = await admin.listOffsets({ topics: [{ name: topic, partitions: wanted }] });
    const offsets = new Map(
      listed?.partitions.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]),
    );
    return wanted.map(({ partitionIndex }) => {
      const offset = offsets.get(partitionIndex);
      if (offset === undefined) throw new Error(`no broker tells how far ${topic}-${partitionIndex} reaches`);
      return offset;
    });
  } finally {
    await admin.close();
  }
}
