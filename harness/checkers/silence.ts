import type { HistoryEvent } from "../history/event.ts";
import { pairOperations } from "../history/operations.ts";
import { polledValue, sentValue } from "./log/values.ts";

/** How long partitions stood still, in the history of a log. */
export interface Silences {
  /** Without acknowledgements of sends. */
  readonly acknowledged: Silence;
  /** Without records that members of a group polled. */
  readonly polled: Silence;
}

export interface Silence {
  /** The longest time of a partition, in ms; undefined: there are no partitions. */
  readonly longestMs: number | undefined;
  /** The partitions that fell silent for good. */
  readonly hung: readonly string[];
}

/** What there was of a partition, in ns: at these times; if at none, it was waited for from the beginning. */
interface Signs {
  readonly waitedFrom: number;
  readonly times: number[];
  /** Until when something was waited for in vain; it may be for ever. */
  vainUntil: number;
}

/**
 * How long partitions were silent while there was load, which is until the drain: from each sign of life to the next one, and from
 * the last one to the drain. Acknowledgements are waited for from the first send to a partition, polled records from the
 * first acknowledgement; how long the first of them took does not count, for that is the start of the clients.
 *
 * Hung is a partition with sends that were under way after `since`, of which none was acknowledged after it; and one with acknowledgements
 * after it, and no record polled. The drain waits for both, so that what has not come by its end will not come.
 * @param since when everything was well again, in ns on the history's axis; undefined: it never was, and nothing is said to hang.
 * @throws UsageError from a malformed history.
 */
export function silences(events: readonly HistoryEvent[], since: number | undefined): Silences {
  const acknowledged = new Map<string, Signs>();
  const polled = new Map<string, Signs>();
  const members = new Set<number>();
  const completed = pairOperations(events).toSorted((a, b) => endOf(a) - endOf(b));
  for (const { invoke, completion } of completed) {
    if (invoke.f === "subscribe") members.add(invoke.process);
    if (invoke.f === "send" && invoke.key !== undefined) {
      const signs = signsOf(acknowledged, invoke.key, invoke.time);
      if (completion?.type !== "ok")
        signs.vainUntil = Math.max(signs.vainUntil, completion?.time ?? Number.POSITIVE_INFINITY);
    }
    if (completion?.type !== "ok") continue;
    const { time } = completion;
    if (invoke.f === "send") {
      const { partition } = sentValue(completion, invoke);
      signsOf(acknowledged, partition, time).times.push(time);
      signsOf(polled, partition, time);
    } else if (invoke.f === "poll" && members.has(invoke.process)) {
      for (const [partition, records] of polledValue(completion).records)
        if (records.length > 0) signsOf(polled, partition, time).times.push(time);
    }
  }
  const end = events.find(({ phase }) => phase === "drain")?.time ?? events.at(-1)?.time ?? 0;
  const silent = (all: ReadonlyMap<string, Signs>) =>
    [...all.keys()].filter((partition) => !isAlive(all.get(partition), since)).sort();
  const waitedInVain = (partition: string) =>
    (acknowledged.get(partition)?.vainUntil ?? 0) > (since ?? Number.POSITIVE_INFINITY);
  return {
    acknowledged: {
      longestMs: longestMs(acknowledged, end),
      hung: silent(acknowledged).filter(waitedInVain),
    },
    polled: {
      longestMs: longestMs(polled, end),
      hung: silent(polled).filter((partition) => isAlive(acknowledged.get(partition), since)),
    },
  };
}

const endOf = ({ invoke, completion }: ReturnType<typeof pairOperations>[number]): number =>
  completion?.time ?? invoke.time;

function signsOf(all: Map<string, Signs>, partition: string, waitedFrom: number): Signs {
  const signs = all.get(partition) ?? { waitedFrom, times: [], vainUntil: 0 };
  all.set(partition, signs);
  return signs;
}

const isAlive = (signs: Signs | undefined, since: number | undefined): boolean =>
  since === undefined || (signs?.times.at(-1) ?? 0) > since;

function longestMs(all: ReadonlyMap<string, Signs>, end: number): number | undefined {
  const longest = [...all.values()].map(({ waitedFrom, times }) => {
    const marks = times.length === 0 ? [waitedFrom, end] : [...times, Math.max(end, times.at(-1) ?? 0)];
    return Math.max(
      0,
      ...marks.slice(1).map((time, index) => {
        const before = marks[index] ?? time;
        return before < end ? time - before : 0;
      }),
    );
  });
  return longest.length === 0 ? undefined : Math.max(...longest) / 1e6;
}
