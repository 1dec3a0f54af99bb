import {
  type Callback,
  type CallbackWithPromise,
  Consumer,
  findErrorBy,
  type GroupOptions,
  kPerformWithRetry,
  type ListOffsetsOptions,
  type Offsets,
} from "@platformatic/kafka";

const lookAgainAfterMs = 250;

/**
 * A consumer of a group of the new protocol (KIP-848) that does not commit once it was replaced, and finds its place after
 * leaders have moved. The client (2.12.1) has no option for either:
 * - a commit that was refused for an unknown member is sent again after `joinGroup`, which in this protocol does nothing,
 *   without a pause: here the commit fails instead;
 * - where to read on, it asks the leaders that it knew at first, for ever (docs/findings/silent-after-assignment.md): here it
 *   looks them up anew.
 */
export class GroupConsumer extends Consumer<string, string, string, string> {
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
        setTimeout(() => this.listOffsets(options, callback), lookAgainAfterMs);
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
    const error = new Error("the group has replaced this member; it must not commit any more");
    if (!callback) return Promise.reject(error);
    callback(error);
  }
}
