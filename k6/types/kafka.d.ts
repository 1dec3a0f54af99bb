/** The module of k6/extension: Kafka by franz-go. */
declare module "k6/x/kafka" {
  export interface ProducerOptions {
    /** "host:port", to begin with. */
    readonly brokers: readonly string[];
    /** Whose acknowledgement a record needs: all in-sync replicas' ("all", the default, idempotent), the leader's, nobody's. */
    readonly acks?: "all" | "1" | "0";
    /** How long a produce may take, ms; by default 10 s. */
    readonly timeoutMs?: number;
  }

  export interface ProducerRecord {
    readonly topic: string;
    /** Records of a key go to one partition, the one that Java clients choose. */
    readonly key?: string | ArrayBuffer | null;
    /** Without one the record is a tombstone. */
    readonly value?: string | ArrayBuffer | null;
    readonly headers?: Readonly<Record<string, string>>;
  }

  export interface Produced {
    /** Until the last acknowledgement, ms. */
    readonly durationMs: number;
    /** Where each record is, in their order; with acks "0" brokers do not tell the offset. */
    readonly acks: readonly Position[];
  }

  export class Producer {
    constructor(options: ProducerOptions);
    /**
     * Sends records and waits until all are acknowledged.
     * @throws Error when one is not: it, and others, may have been written or not.
     */
    produce(records: readonly ProducerRecord[]): Produced;
    close(): void;
  }

  export interface Position {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
  }

  /**
   * Where each partition of the topics ends now: a consumer that begins there reads everything that is produced afterwards.
   * @throws Error when there is no such topic, or no broker answers for ten seconds.
   */
  export function endOffsets(options: {
    readonly brokers: readonly string[];
    readonly topics: readonly string[];
  }): Position[];

  export interface ConsumerOptions {
    readonly brokers: readonly string[];
    /** Where to begin, for each partition that is to be read. */
    readonly from: readonly Position[];
  }

  export interface Message {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly key: string | null;
    readonly value: ArrayBuffer | null;
    readonly headers: Readonly<Record<string, string>>;
    /** When it was produced, by the producer's clock, ms since 1970. */
    readonly timestampMs: number;
    /** From then to its arrival here; as exact as the timestamp, a millisecond. */
    readonly latencyMs: number;
  }

  /** Reads partitions without a group: it takes nothing from those who work on them. */
  export class Consumer {
    constructor(options: ConsumerOptions);
    /**
     * What has arrived; it waits for the first message only, so it may be none.
     * @param options `max` messages (500), `timeoutMs` for the first (1000).
     * @throws Error when a partition cannot be fetched.
     */
    poll(options?: { readonly max?: number; readonly timeoutMs?: number }): Message[];
    close(): void;
  }
}
