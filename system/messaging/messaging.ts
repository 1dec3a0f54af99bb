/** A topic that must exist. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
}

export interface OutgoingMessage {
  readonly topic: string;
  /** Messages of one key stay in order: they share a partition ({@link partitionOf} in partitioner.ts). */
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface IncomingMessage extends OutgoingMessage {
  readonly partition: number;
  readonly offset: bigint;
}

/**
 * Handles one message. Resolving acknowledges it; rejecting means it is handed over again after a back-off. Messages
 * of a partition come one after another. The signal aborts when the result is not wanted any more (shutdown, or
 * the partition went to another member): stop waiting then, and reject.
 */
export type MessageHandler = (message: IncomingMessage, signal: AbortSignal) => Promise<void>;

export interface SubscribeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly handler: MessageHandler;
}

/** Disposing finishes the message at hand, commits it, and leaves the group. */
export interface Subscription extends AsyncDisposable {
  /** Whether it is a member of its group now, with partitions or without. */
  joined(): boolean;
}

/** Some messages were not acknowledged. They may have been written all the same. */
export class PublishError extends Error {
  override readonly name = "PublishError";
  readonly failures: readonly { readonly message: OutgoingMessage; readonly reason: unknown }[];
  constructor(failures: PublishError["failures"]) {
    const first = failures[0]?.reason;
    super(
      `${failures.length} messages were not acknowledged; the first: ${first instanceof Error ? first.message : first}`,
      { cause: first },
    );
    this.failures = failures;
  }
}

/** What the service needs of a message broker. */
export interface Messaging extends AsyncDisposable {
  /** Creates the topics that are missing. Safe when several instances do so at once. */
  ensureTopics(specs: readonly TopicSpec[]): Promise<void>;

  /**
   * Resolves when every message is acknowledged with the configured acks, by the publish deadline (20 s).
   * Messages of one partition are written in the order given, and after those of earlier calls.
   * @throws PublishError with the messages that were not acknowledged; all others were.
   */
  publish(messages: readonly OutgoingMessage[]): Promise<void>;

  /** Consumes from the last commit, or from the beginning. Reconnects by itself until disposed of. */
  subscribe(options: SubscribeOptions): Promise<Subscription>;

  /** Whether the producer's side answers now, as far as is known. */
  ready(): boolean;
}
