/** What the workload `kafkaLog` needs of a client library of Kafka. Values are whole numbers. */
export interface LogClient {
  /** Makes the topic, replicated as widely as the cluster's defaults say; one that is there already is fine. */
  createTopic(topic: string, partitions: number): Promise<void>;
  producer(): LogProducer;
  /** A member of a consumer group; it joins with its first poll. */
  member(group: string, topic: string): GroupMember;
  /** A reader without a group, of the partitions it names itself. */
  reader(topic: string, partitions: number): LogReader;
}

/** The broker, or the client, refused a send before anything can have been written. */
export class SendRefused extends Error {
  override readonly name = "SendRefused";
}

/** What a record is beside its value. */
export interface RecordOptions {
  readonly key?: string | undefined;
  /** The value is filled up to so many bytes. */
  readonly bytes?: number;
}

export interface LogProducer extends AsyncDisposable {
  /**
   * Writes a value; resolves when it is acknowledged.
   * @returns its offset; undefined when the broker does not tell.
   * @throws SendRefused; after any other error it may have been written, or be written yet.
   */
  send(topic: string, partition: number, value: number, options?: RecordOptions): Promise<number | undefined>;
  /**
   * The same for several values in one send; those for the same partition are written all or not at all.
   * @returns the offset of each, where the client tells.
   */
  sendBatch(topic: string, records: readonly PlacedValue[]): Promise<readonly (number | undefined)[]>;
}

/** A value, and the partition where it is to be. */
export interface PlacedValue {
  readonly partition: number;
  readonly value: number;
}

export interface LogRecord {
  readonly partition: number;
  readonly offset: number;
  readonly value: number;
}

/** What a poll brought. */
export interface Batch {
  /** Partitions were assigned or taken away since the last poll, before these records were read. */
  readonly rebalance: boolean;
  readonly records: readonly LogRecord[];
}

export interface GroupMember extends AsyncDisposable {
  /** Subscribes and begins to read from the group's committed offsets, or the beginning. */
  join(): Promise<void>;
  /**
   * The next records; waits for them, until the signal aborts: then there are none.
   * @throws Error when the member has broken off: another one has to take its place.
   */
  poll(signal: AbortSignal): Promise<Batch>;
  /** Commits everything that was polled. A commit that fails means that it is delivered again. */
  commit(): Promise<void>;
}

export interface LogReader extends AsyncDisposable {
  /** The offset after the last record, by partition. */
  ends(): Promise<readonly number[]>;
  /** Records of a partition from an offset on; none only where there is none (yet). */
  read(partition: number, from: number): Promise<readonly LogRecord[]>;
}
