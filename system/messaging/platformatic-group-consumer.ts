import {
  type Callback,
  type CallbackWithPromise,
  type ClusterMetadata,
  Consumer,
  type ConsumerOptions,
  findErrorBy,
  type GroupOptions,
  kMetadata,
  kPerformWithRetry,
  type ListOffsetsOptions,
  type MetadataOptions,
  type Offsets,
} from "@platformatic/kafka";
import { settings } from "./settings.ts";

export interface GroupConsumerHooks {
  /** The group takes partitions away; they are given up when this resolves. */
  readonly beforeMove: () => Promise<void>;
  /** A commit was refused because the group does not have this member any more. */
  readonly onFenced: () => void;
}

/**
 * A member of a group of the new protocol that finishes its work before it gives a partition up, does not commit once
 * it was replaced, and finds its place after leaders have moved. The client (2.12.1) has no option for these:
 * - it acknowledges a revocation as soon as it has looked up the names of the topics, in the metadata: that look-up
 *   waits here;
 * - a commit that was refused for an unknown member is sent again after `joinGroup`, which in this protocol does nothing,
 *   without a pause: the commit fails here instead;
 * - where to read on in what was assigned, it asks the leaders and the epochs that it knew at first, for ever, though they
 *   have moved meanwhile, and reads nothing (docs/findings/silent-after-assignment.md): it looks them up anew here.
 */
export class GroupConsumer extends Consumer<string, string, string, string> {
  readonly #hooks: GroupConsumerHooks;
  /** While partitions are on the move. */
  #move: Promise<void> | undefined;
  #announced = false;

  constructor(options: ConsumerOptions<string, string, string, string>, hooks: GroupConsumerHooks) {
    super(options);
    this.#hooks = hooks;
    this.on("consumer:group:rebalance", () => {
      this.#announced = true;
    });
  }

  /** Whether partitions are held back that the group wants. */
  get moving(): boolean {
    return this.#move !== undefined;
  }

  override [kMetadata](options: MetadataOptions, callback: CallbackWithPromise<ClusterMetadata>): void {
    if (!this.#announced) {
      super[kMetadata](options, callback);
      return;
    }
    // The first look-up after the announcement, in the same breath, is the one of the revocation.
    this.#announced = false;
    const move = this.#hooks.beforeMove();
    this.#move = move;
    void move.then(() => {
      if (this.#move === move) this.#move = undefined;
      super[kMetadata](options, callback);
    });
  }

  override listOffsets(options: ListOffsetsOptions, callback: CallbackWithPromise<Offsets>): void;
  override listOffsets(options: ListOffsetsOptions): Promise<Offsets>;
  override listOffsets(
    options: ListOffsetsOptions,
    callback?: CallbackWithPromise<Offsets>,
    // biome-ignore lint/suspicious/noConfusingVoidType: the client's own signature
  ): Promise<Offsets> | void {
    if (!callback) return super.listOffsets(options);
    super.listOffsets(options, (error, offsets) => {
      if (!error || this.closed || findErrorBy(error, "canRetry", false)) callback(error, offsets);
      else {
        this.clearMetadata();
        setTimeout(() => this.listOffsets(options, callback), settings.retryDelayMs);
      }
    });
  }

  override [kPerformWithRetry]<R>(
    name: string,
    ask: (callback: Callback<R>, attempt: number) => void,
    callback: CallbackWithPromise<R>,
    ...[attempt, errors, shouldSkipRetry, limit]: [number?, Error[]?, ((error: Error) => boolean)?, number?]
    // biome-ignore lint/suspicious/noConfusingVoidType: the client's own signature
  ): void | Promise<R> {
    const retries = name === "listOffsets" ? 0 : limit;
    return super[kPerformWithRetry](name, ask, callback, attempt, errors, shouldSkipRetry, retries);
  }

  override joinGroup(options: GroupOptions, callback: CallbackWithPromise<string>): void;
  override joinGroup(options?: GroupOptions): Promise<string>;
  override joinGroup(
    _options?: GroupOptions,
    callback?: CallbackWithPromise<string>,
    // biome-ignore lint/suspicious/noConfusingVoidType: the client's own signature
  ): Promise<string> | void {
    this.#hooks.onFenced();
    const error = new Error("the group has replaced this member; it must not commit any more");
    if (!callback) return Promise.reject(error);
    callback(error);
  }
}
