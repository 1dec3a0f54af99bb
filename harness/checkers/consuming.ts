import type { HistoryEvent } from "../history/event.ts";
import { OperationPairer } from "../history/operations.ts";
import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";
import { keyOf } from "./log/value-ids.ts";
import { polledValue, sentValue } from "./log/values.ts";
import type { Judgement, SteadyState } from "./steady-state.ts";
import { firstAt } from "./timeline.ts";

/** What "the group keeps up" means. */
export interface ConsumingOptions {
  /** From the acknowledgement of a record until somebody polls it (default 2 s). */
  readonly within?: Duration;
  /** Default 3 s. */
  readonly window?: Duration;
  /** At least so many records were polled in the window (default 2). */
  readonly min?: number;
  /** At least so many consumers (nodes, or processes of the load) polled some of them (default: it does not matter how many). */
  readonly consumers?: number;
}

/** A record that waits no longer is looked at for so long, one that still waits likewise. */
const lookBackNs = 60e9;

/**
 * The hypothesis that what is sent is consumed: over the window, records were polled, each soon enough after its
 * acknowledgement, and none waits longer now. That polls are answered is not enough: a partition without a consumer has none.
 */
export function consuming(options: ConsumingOptions = {}): SteadyState {
  const windowMs = milliseconds(options.window ?? "3s");
  const withinMs = milliseconds(options.within ?? "2s");
  const { min = 2, consumers = 0 } = options;
  const bound = formatDuration(withinMs);
  return {
    windowMs,
    holdMs: windowMs + withinMs,
    description: `over ${formatDuration(windowMs)}: at least ${min} records polled${consumers > 0 ? `, by ${consumers} consumers` : ""}, each within ${bound} of its acknowledgement, and none waits longer`,
    holds(events, atNs): Judgement {
      const fromNs = atNs - windowMs * 1e6;
      const { records, polls } = deliveriesOf(events);
      let polled = 0;
      let late = 0;
      let overdue = 0;
      const first = firstAt(records, atNs - lookBackNs, ({ acknowledgedAt }) => acknowledgedAt);
      for (let index = first; index < records.length; index++) {
        const record = records[index];
        if (record === undefined || record.acknowledgedAt > atNs) break;
        const polledAt =
          record.polledAt !== undefined && record.polledAt <= atNs ? record.polledAt : undefined;
        if (polledAt !== undefined && polledAt < fromNs) continue;
        if (polledAt !== undefined) polled++;
        const tooLong = (polledAt ?? atNs) - record.acknowledgedAt > withinMs * 1e6;
        if (tooLong && polledAt === undefined) overdue++;
        else if (tooLong) late++;
      }
      const inWindow = polls.slice(
        firstAt(polls, fromNs, ({ time }) => time),
        firstAt(polls, atNs + 1, ({ time }) => time),
      );
      const pollers = new Set(inWindow.map(({ by }) => by)).size;
      const reasons = [
        ...(pollers < consumers ? [`${pollers} consumers polled records, needs ${consumers}`] : []),
        ...(polled < min ? [`${polled} records polled, needs ${min}`] : []),
        ...(late > 0 ? [`${late} records were polled later than ${bound} after their acknowledgement`] : []),
        ...(overdue > 0
          ? [`${overdue} acknowledged records have not been polled for more than ${bound}`]
          : []),
      ];
      return { holds: reasons.length === 0, reasons, overdue: overdue > 0 };
    },
  };
}

/** An acknowledged record, and when it was first polled. Times in ns. */
interface Delivery {
  readonly acknowledgedAt: number;
  polledAt?: number;
}

const deliveries = new WeakMap<readonly HistoryEvent[], Deliveries>();

/** What became of the records of a history that is only ever appended to: each event is read once. */
function deliveriesOf(events: readonly HistoryEvent[]): Deliveries {
  let found = deliveries.get(events);
  if (found === undefined) {
    found = new Deliveries();
    deliveries.set(events, found);
  }
  found.catchUp(events);
  return found;
}

class Deliveries {
  /** By time of acknowledgement. */
  readonly records: Delivery[] = [];
  /** Polls that brought something, by time, and whose they were. */
  readonly polls: { readonly time: number; readonly by: string | number }[] = [];
  readonly #pairer = new OperationPairer();
  readonly #byName = new Map<string, Delivery>();
  /** First polls of records that are not acknowledged yet. */
  readonly #polledBefore = new Map<string, number>();
  #read = 0;

  catchUp(events: readonly HistoryEvent[]): void {
    for (; this.#read < events.length; this.#read++) {
      const event = events[this.#read];
      if (event !== undefined) this.#add(event);
    }
  }

  #add(event: HistoryEvent): void {
    const operation = this.#pairer.add(event);
    if (event.type !== "ok" || operation?.completion === undefined) return;
    if (event.f === "send") {
      const { partition, value } = sentValue(event, operation.invoke);
      const name = nameOf(partition, value);
      const polledAt = this.#polledBefore.get(name);
      this.#polledBefore.delete(name);
      const delivery = { acknowledgedAt: event.time, ...(polledAt === undefined ? {} : { polledAt }) };
      this.records.push(delivery);
      this.#byName.set(name, delivery);
    }
    if (event.f !== "poll") return;
    const { records: polled } = polledValue(event);
    if (polled.length > 0) this.polls.push({ time: event.time, by: event.node ?? event.process });
    for (const [partition, records] of polled) {
      for (const [, value] of records) this.#polled(nameOf(partition, value), event.time);
    }
  }

  #polled(name: string, time: number): void {
    const delivery = this.#byName.get(name);
    if (delivery !== undefined) delivery.polledAt ??= time;
    else if (!this.#polledBefore.has(name)) this.#polledBefore.set(name, time);
  }
}

const nameOf = (partition: string, value: unknown): string => `${partition} ${keyOf(value)}`;
