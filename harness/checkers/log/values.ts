import type { HistoryEvent } from "../../history/event.ts";
import { UsageError } from "../../util/errors.ts";

/** The value of an `ok` send. `offset` undefined: the broker did not tell. */
export interface Sent {
  readonly partition: string;
  readonly offset: number | undefined;
  readonly value: unknown;
}

/**
 * What an acknowledged send put where.
 * @param invoke its value stands where the completion states none.
 * @throws UsageError naming the event when the value has another shape.
 */
export function sentValue(ok: HistoryEvent, invoke: HistoryEvent): Sent {
  const { value } = ok;
  if (!isObject(value)) throw misshapen(ok);
  const partition = value.key ?? ok.key ?? invoke.key;
  const offset = value.offset ?? -1; // as in Kafka's own protocol
  if (typeof partition !== "string" || !(isOffset(offset) || offset === -1)) throw misshapen(ok);
  return {
    partition,
    offset: offset === -1 ? undefined : offset,
    value: "value" in value ? value.value : invoke.value,
  };
}

/** The value of an `ok` poll. */
export interface Polled {
  /** An assignment changed inside the poll, before its records were read. */
  readonly rebalance: boolean;
  /** By partition, `[offset, value]` in the order in which they were read. */
  readonly records: readonly (readonly [
    partition: string,
    records: readonly (readonly [number, unknown])[],
  ])[];
}

/** What a poll saw. @throws UsageError naming the event when the value has another shape. */
export function polledValue(ok: HistoryEvent): Polled {
  const value = ok.value ?? {};
  if (!isObject(value)) throw misshapen(ok);
  const { rebalance = false, ...partitions } = value;
  const records = Object.entries(partitions);
  if (typeof rebalance !== "boolean" || !records.every(isRecords)) throw misshapen(ok);
  return { rebalance, records };
}

/** What an `assign` or `subscribe` names. @throws UsageError naming the event when the value has another shape. */
export function namesOf(ok: HistoryEvent, invoke: HistoryEvent): readonly string[] {
  const names = ok.value ?? invoke.value;
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) throw misshapen(ok);
  return names;
}

function isRecords(entry: [string, unknown]): entry is [string, [number, unknown][]] {
  const records = entry[1];
  if (!Array.isArray(records)) return false;
  for (const record of records) {
    if (!Array.isArray(record) || record.length !== 2 || !isOffset(record[0])) return false;
  }
  return true;
}

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function misshapen(event: HistoryEvent): UsageError {
  const shown = JSON.stringify(event.value)?.slice(0, 200);
  return new UsageError(
    `event ${event.index} (${event.type} ${event.f}) has a value of another shape: ${shown}`,
    "See docs/history-format.md, section Values by kind of operation.",
  );
}
