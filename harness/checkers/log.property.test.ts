import { expect } from "chai";
import fc from "fast-check";
import type { HistoryEvent } from "../history/event.ts";
import { log } from "./log.ts";
import { simulatedKafka } from "./testing/simulated-kafka.ts";

const executions = fc
  .array(fc.nat(1_000), { minLength: 100, maxLength: 800, size: "max" })
  .map((picks) => simulatedKafka(picks));
const whichever = fc.nat(1_000_000);

type Record = [offset: number, value: unknown];
type Polled = { [partition: string]: Record[] };

const isOk = (f: string) => (event: HistoryEvent) => event.f === f && event.type === "ok";
const polledBy = (event: HistoryEvent) => event.value as Polled;
const sentBy = (event: HistoryEvent) => event.value as { key: string; offset: number; value: unknown };
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** A copy in which the records of every poll are changed. */
function withPolls(
  events: readonly HistoryEvent[],
  change: (records: Record[], partition: string, event: HistoryEvent) => Record[],
): HistoryEvent[] {
  return events.map((event) => {
    if (!isOk("poll")(event)) return event;
    const value = Object.fromEntries(
      Object.entries(polledBy(event)).map(([name, records]) => [
        name,
        name === "rebalance" ? records : change(records, name, event),
      ]),
    );
    return { ...event, value };
  });
}

/** The two last processes are the final readers; the polls of the last one that have at least so many records of a partition. */
function lastReads(events: readonly HistoryEvent[], atLeast: number) {
  const process = Math.max(...events.map((event) => event.process));
  return events
    .filter((event) => event.process === process && isOk("poll")(event))
    .flatMap((event) =>
      Object.entries(polledBy(event)).map(([partition, records]) => ({ event, partition, records })),
    )
    .filter(({ records }) => records.length >= atLeast);
}

const offsetsIn = (events: readonly HistoryEvent[], partition: string) =>
  lastReads(events, 1)
    .filter((read) => read.partition === partition)
    .flatMap(({ records }) => records.map(([offset]) => offset));

/** Puts one anomaly in; undefined where the execution has no place for it. */
type Injection = (events: HistoryEvent[], which: number) => HistoryEvent[] | undefined;

const choose = <T>(all: readonly T[], which: number): T | undefined => all[which % all.length];

/** Nobody ever saw an acknowledged value. */
const unseenSend =
  (below: boolean): Injection =>
  (events, which) => {
    const candidates = events.filter((event) => {
      if (!isOk("send")(event)) return false;
      const { key, offset } = sentBy(event);
      return offset < Math.max(...offsetsIn(events, key)) === below;
    });
    const chosen = choose(candidates, which);
    if (!chosen) return undefined;
    const { key, offset } = sentBy(chosen);
    return withPolls(events, (records, name) =>
      name === key ? records.filter(([at]) => at !== offset) : records,
    );
  };

const injections: { readonly [type: string]: Injection } = {
  "lost-write": unseenSend(true),
  unseen: unseenSend(false),

  duplicate: (events, which) => {
    const chosen = choose(lastReads(events, 1), which);
    if (!chosen) return undefined;
    const { event, partition, records } = chosen;
    const end = Math.max(...offsetsIn(events, partition)) + 1;
    const last = lastReads(events, 1).findLast((read) => read.partition === partition);
    const value = records[which % records.length]?.[1];
    return withPolls(events, (all, name, poll) =>
      name === partition && poll.index === (last?.event ?? event).index ? [...all, [end, value]] : all,
    );
  },

  "inconsistent-offsets": (events, which) => {
    const chosen = choose(lastReads(events, 1), which);
    if (!chosen) return undefined;
    const at = which % chosen.records.length;
    return withPolls(events, (records, name, { index }) =>
      name === chosen.partition && index === chosen.event.index
        ? records.map(([offset, value], n) => [offset, n === at ? "another value" : value])
        : records,
    );
  },

  "poll-skip": (events, which) => {
    const partition = `t-${which % 2}`;
    const inner = offsetsIn(events, partition).slice(1, -1);
    const left = choose(inner, which);
    if (left === undefined) return undefined;
    const reader = Math.max(...events.map(({ process }) => process));
    return withPolls(events, (records, name, { process }) =>
      process === reader && name === partition ? records.filter(([offset]) => offset !== left) : records,
    );
  },

  "nonmonotonic-poll": (events, which) => {
    const chosen = choose(lastReads(events, 2), which);
    if (!chosen) return undefined;
    const at = which % (chosen.records.length - 1);
    return withPolls(events, (records, name, { index }) => {
      if (name !== chosen.partition || index !== chosen.event.index) return records;
      const [one, other] = records.slice(at, at + 2) as [Record, Record];
      return records.toSpliced(at, 2, other, one);
    });
  },

  /** Two sends of a producer changed places in the log. */
  "nonmonotonic-send": (events, which) => {
    const pairs = [
      ...Map.groupBy(
        events.filter(isOk("send")),
        (event) => `${event.process} ${sentBy(event).key}`,
      ).values(),
    ].filter((sends) => sends.length >= 2);
    const sends = choose(pairs, which);
    if (!sends) return undefined;
    const [one, other] = sends.slice(which % (sends.length - 1)).map(sentBy) as [
      ReturnType<typeof sentBy>,
      ReturnType<typeof sentBy>,
    ];
    const swapped = (value: unknown) =>
      same(value, one.value) ? other.value : same(value, other.value) ? one.value : value;
    const offsets = events.map((event) => {
      if (!isOk("send")(event)) return event;
      const sent = sentBy(event);
      if (same(sent.value, one.value)) return { ...event, value: { ...sent, offset: other.offset } };
      if (same(sent.value, other.value)) return { ...event, value: { ...sent, offset: one.offset } };
      return event;
    });
    return withPolls(offsets, (records) => records.map(([offset, value]) => [offset, swapped(value)]));
  },

  G1a: (events, which) => {
    const chosen = choose(events.filter(isOk("send")), which);
    if (!chosen) return undefined;
    const { value } = sentBy(chosen);
    return events.map((event) => (event === chosen ? { ...event, type: "fail", value } : event));
  },
};

describe("the log checker, over simulated executions", () => {
  it("passes every correct one", () => {
    fc.assert(
      fc.property(executions, (events) => {
        const result = log().check(events);
        const acknowledged = events.some(isOk("send"));
        expect(result.anomalies).to.deep.equal([]);
        expect(result.verdict, result.reason).to.equal(acknowledged ? "passed" : "inconclusive");
      }),
      { numRuns: 300 },
    );
  });

  for (const [type, inject] of Object.entries(injections)) {
    it(`finds one ${type}, and names it right`, () => {
      let injected = 0;
      fc.assert(
        fc.property(executions, whichever, (events, which) => {
          const broken = inject(events, which);
          if (!broken) return;
          injected++;
          const result = log().check(broken);
          expect(result.verdict).to.equal("failed");
          const types = new Set(result.anomalies.map((anomaly) => anomaly.type));
          // The value that an offset no longer shows may also be one that nothing else does.
          if (type === "inconsistent-offsets")
            for (const gone of ["lost-write", "unseen"]) types.delete(gone);
          expect([...types]).to.deep.equal([type]);
          for (const { witnesses } of result.anomalies) {
            expect(witnesses).not.to.be.empty;
            for (const witness of witnesses) expect(broken).to.include(witness);
          }
        }),
        { numRuns: 150 },
      );
      expect(injected).to.be.greaterThan(20);
    });
  }
});
