import { messageOf } from "../../util/errors.ts";
import type { Batch, GroupMember, LogClient, LogRecord } from "./client.ts";
import type { LogSurroundings } from "./recorded-producer.ts";
import type { LogRecords } from "./records.ts";

/** A member that has broken off is replaced after so long. */
const backOffMs = 500;
/** A commit is waited for so long, then polling goes on: what was not committed is delivered again. */
const commitWithinMs = 2_000;

export interface ConsumeOptions {
  readonly group: string;
  /** Records that a member has read since its assignment last changed are passed over. */
  readonly onlyForward: boolean;
  /** Told what each poll brought. */
  readonly onRecords: (records: readonly LogRecord[]) => void;
  /** Where its members live (default: in the load's own process), and on which node. */
  readonly members?: Pick<LogClient, "member">;
  readonly node?: string;
}

/**
 * Consumes as a member of a group until the signal aborts: subscribes, polls, commits what was polled. Every member is a
 * process of its own; one that breaks off is replaced by a new one.
 */
export async function consume(surroundings: LogSurroundings, options: ConsumeOptions): Promise<void> {
  const { client, topic, signal, clock } = surroundings;
  while (!signal.aborted) {
    const member = (options.members ?? client).member(options.group, topic);
    try {
      await consumeAs(member, surroundings, options);
    } finally {
      // In the background when there is more to do: a member that hangs must not hold up the next one.
      const closed = member[Symbol.asyncDispose]().then(undefined, () => {});
      if (signal.aborted) await closed;
    }
    await clock.sleep(backOffMs, signal).catch(() => {});
  }
}

async function consumeAs(
  member: GroupMember,
  { topic, history, clock, signal, records }: LogSurroundings,
  { onlyForward, onRecords, node }: ConsumeOptions,
): Promise<void> {
  const forward = onlyForward ? forwardOnly() : (batch: Batch) => batch;
  const process = history.newProcess();
  const by = { process, ...(node === undefined ? {} : { node }) };
  const subscription = history.invoke({ f: "subscribe", ...by, value: [topic] });
  try {
    await untilAborted(member.join(), signal);
  } catch (error) {
    subscription.fail(messageOf(error));
    return;
  }
  subscription.ok([topic]);
  while (!signal.aborted) {
    const poll = history.invoke({ f: "poll", ...by });
    try {
      const batch = forward(await member.poll(signal));
      poll.ok(polledValue(topic, batch, records));
      onRecords(batch.records);
    } catch (error) {
      poll.fail(messageOf(error)); // a poll changes nothing, and this member polls no more
      return;
    }
    const committed = new AbortController();
    const commit = member.commit().catch(() => {});
    void commit.then(() => committed.abort());
    await clock.sleep(commitWithinMs, AbortSignal.any([committed.signal, signal])).catch(() => {});
  }
}

/** Leaves out what earlier batches, or the same, have brought since the assignment last changed. */
export function forwardOnly(): (batch: Batch) => Batch {
  const next = new Map<number, number>();
  return ({ rebalance, records }) => {
    if (rebalance) next.clear();
    const forward = records.filter(({ partition, offset }) => {
      if (offset < (next.get(partition) ?? 0)) return false;
      next.set(partition, offset + 1);
      return true;
    });
    return { rebalance, records: forward };
  };
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  work.catch(() => {});
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The value of an `ok` poll, as docs/history-format.md has it. */
export function polledValue(
  topic: string,
  { rebalance, records }: Batch,
  shownAs?: LogRecords,
): Record<string, unknown> {
  const pair = ({ offset, value }: LogRecord) => [offset, shownAs?.shown(value) ?? value];
  const byPartition = Map.groupBy(records, ({ partition }) => `${topic}-${partition}`);
  return {
    ...Object.fromEntries([...byPartition].map(([key, group]) => [key, group.map(pair)])),
    ...(rebalance ? { rebalance } : {}),
  };
}
