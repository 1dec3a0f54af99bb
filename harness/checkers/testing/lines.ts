import type { EventType, HistoryEvent } from "../../history/event.ts";

/** A line of a hand-made history: type, process, f, and what else the event has. */
export type Line = readonly [
  type: EventType,
  process: number,
  f: string,
  rest?: Partial<Pick<HistoryEvent, "key" | "value" | "phase" | "node" | "intended" | "time">>,
];

/** The events of `lines`, one a millisecond. */
export function history(...lines: readonly Line[]): HistoryEvent[] {
  return lines.map(([type, process, f, rest], index) => ({
    index,
    time: index * 1e6,
    type,
    process,
    f,
    value: null,
    ...rest,
  }));
}

/** `events` with `more` put in before position `at`; all numbered and timed anew. */
export function inserted(
  events: readonly HistoryEvent[],
  at: number,
  more: readonly HistoryEvent[],
): HistoryEvent[] {
  return events.toSpliced(at, 0, ...more).map((event, index) => ({ ...event, index, time: index * 1e6 }));
}

/** A process that `events` do not have. */
export const freshProcess = (events: readonly HistoryEvent[]) =>
  events.reduce((most, { process }) => Math.max(most, process), -1) + 1;
