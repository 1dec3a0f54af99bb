import { Column } from "./column.ts";
import type { Findings } from "./findings.ts";
import { OffsetTable } from "./offset-table.ts";
import { describeKey, PlacedValues, ValueIds, type ValueKey } from "./value-ids.ts";

/** A consumer went over offsets: a skip only if some poll, by the end, has seen one of them. */
export interface Jump {
  readonly process: number;
  readonly from: number;
  readonly to: number;
  /** Places of the polls before and after it. */
  readonly before: number;
  readonly after: number;
}

/** Sends that did not end ok, and so are not acknowledged at an offset. */
export class UnacknowledgedSends {
  /** Certainly did not happen. */
  readonly failed = new PlacedValues();
  /** May have happened: ended `info`, or not at all. */
  readonly unsure = new PlacedValues();
}

/**
 * What acknowledged sends and all polls together say of one partition, in about 60 bytes a value. Places are those of
 * events in the history.
 */
export class Partition {
  readonly name: string;
  /** Sends that are known to have been meant for this partition. */
  readonly sends = new UnacknowledgedSends();
  /** Distinct values acknowledged, and distinct offsets polled. */
  acknowledged = 0;
  polled = 0;
  lastAckPlace = -1;
  lowestPolled = Number.POSITIVE_INFINITY;

  readonly #findings: Findings;
  readonly #offsets = new OffsetTable();
  readonly #values = new ValueIds();
  /** By the value's number, each plus 1, 0 for none: its first offset, and the places of its first ack and first poll. */
  readonly #offsetOf = new Column();
  readonly #ackOf = new Column();
  readonly #pollOf = new Column();
  /** All values of those offsets that have several. */
  readonly #contested = new Map<number, Set<number>>();
  /** Five numbers each. */
  readonly #jumps = new Column();
  #jumpCount = 0;
  #highestPolled = -1;
  #highestPolledPlace = -1;

  constructor(name: string, findings: Findings) {
    this.name = name;
    this.#findings = findings;
  }

  /** A send was acknowledged. @param offset undefined: it was not told which. */
  acknowledge(offset: number | undefined, key: ValueKey, place: number): void {
    const value = offset === undefined ? this.#values.idOf(key) : this.#put(offset, key, place);
    if (this.#ackOf.get(value) === 0) {
      this.#ackOf.set(value, place + 1);
      this.acknowledged++;
    }
    this.lastAckPlace = place;
  }

  /** A poll saw a value. Returns whether a poll had seen the offset before. */
  poll(offset: number, key: ValueKey, place: number): boolean {
    const value = this.#put(offset, key, place);
    if (this.#pollOf.get(value) === 0) this.#pollOf.set(value, place + 1);
    if (offset < this.lowestPolled) this.lowestPolled = offset;
    if (offset > this.#highestPolled) {
      this.#highestPolled = offset;
      this.#highestPolledPlace = place;
    }
    const again = this.#offsets.markPolled(offset);
    if (!again) this.polled++;
    return again;
  }

  /** Returns the number of the jump. */
  addJump({ process, from, to, before, after }: Jump): number {
    const jump = this.#jumpCount++;
    [process, from, to, before, after].forEach((number, index) => {
      this.#jumps.set(5 * jump + index, number);
    });
    return jump;
  }

  /** The consumer went back: what it then read of what it had jumped over is not left out. */
  wentBack(jump: number, offset: number): void {
    const { from, to, ...rest } = this.#jump(jump);
    if (offset <= from || offset >= to) return;
    this.#jumps.set(5 * jump + 2, offset);
    this.addJump({ ...rest, from: offset, to });
  }

  /**
   * Finds, at the end, what depends on everything: aborted reads, lost writes, skips, and what was never seen.
   * @param anywhere unacknowledged sends of which it is not known for which partition they were meant.
   * @param lastFinalPoll the place of the last poll of a final reader; undefined: there is none (see final-reads.ts).
   */
  judge(anywhere: UnacknowledgedSends, lastFinalPoll: number | undefined): Outcome {
    const outcome: Outcome = { lost: 0, notSeen: 0, unsureCommitted: 0, neverSent: 0 };
    const aborted = new Set<number>();
    for (const [value, key] of this.#values.keys.entries()) {
      const acked = this.#ackOf.get(value) - 1;
      const polled = this.#pollOf.get(value) - 1;
      if (acked >= 0) {
        if (polled === -1) this.#judgeNeverPolled(value, acked, lastFinalPoll, outcome);
      } else if (this.sends.unsure.has(key) || anywhere.unsure.has(key)) {
        outcome.unsureCommitted++;
      } else {
        const failed = this.sends.failed.placeOf(key) ?? anywhere.failed.placeOf(key);
        if (failed === undefined) outcome.neverSent++;
        else {
          aborted.add(value);
          this.#findings.add(
            "G1a",
            [failed, polled],
            () => `a poll saw ${describeKey(key)} in ${this.name}, though its send certainly failed`,
          );
        }
      }
    }
    if (this.#jumpCount > 0) this.#findSkips(this.#offsets.polledOffsets(aborted));
    return outcome;
  }

  /** An acknowledged value that no poll saw: lost if it lies below what was polled; at the end it may just not have come yet. */
  #judgeNeverPolled(value: number, acked: number, lastFinalPoll: number | undefined, outcome: Outcome): void {
    const offset = this.#offsetOf.get(value) - 1;
    const what = () => {
      const where = offset === -1 ? this.name : `offset ${offset} of ${this.name}`;
      return `${this.#describe(value)}, acknowledged at ${where}, was never polled`;
    };
    if (offset !== -1 && offset < this.#highestPolled) {
      outcome.lost++;
      this.#findings.add(
        "lost-write",
        [acked, this.#highestPolledPlace],
        () => `${what()}, though offset ${this.#highestPolled} was`,
      );
    } else if (lastFinalPoll !== undefined) {
      outcome.lost++;
      this.#findings.add("unseen", [acked, lastFinalPoll], () => `${what()}, not even by the final polls`);
    } else {
      outcome.notSeen++;
    }
  }

  /** The number of a value, seen at an offset. */
  #put(offset: number, key: ValueKey, place: number): number {
    const there = this.#offsets.valueAt(offset);
    if (there !== undefined && this.#values.keys[there] === key) return there;
    const value = this.#values.idOf(key);
    const firstOffset = this.#offsetOf.get(value) - 1;
    if (firstOffset === -1) this.#offsetOf.set(value, offset + 1);
    if (there === undefined) {
      this.#offsets.setValue(offset, value);
      if (firstOffset !== -1) this.#foundTwice(value, firstOffset, offset, place);
      return value;
    }
    const contenders = this.#contested.get(offset) ?? new Set([there]);
    this.#contested.set(offset, contenders);
    if (!contenders.has(value)) {
      contenders.add(value);
      this.#findings.add(
        "inconsistent-offsets",
        [this.#firstSeen(there), place],
        () => `offset ${offset} of ${this.name} held ${this.#describe(there)} and ${this.#describe(value)}`,
      );
      if (firstOffset !== -1 && firstOffset !== offset) this.#foundTwice(value, firstOffset, offset, place);
    }
    return value;
  }

  #foundTwice(value: number, firstOffset: number, offset: number, place: number): void {
    this.#findings.add(
      "duplicate",
      [this.#firstSeen(value), place],
      () => `${this.#describe(value)} is at offsets ${firstOffset} and ${offset} of ${this.name}`,
    );
  }

  /** The place of the first event that told of a value. */
  #firstSeen(value: number): number {
    const places = [this.#ackOf.get(value), this.#pollOf.get(value)].filter((place) => place > 0);
    return Math.min(...places) - 1;
  }

  #findSkips(polled: Float64Array): void {
    for (let jump = 0; jump < this.#jumpCount; jump++) {
      const { process, from, to, before, after } = this.#jump(jump);
      const missed = polled[firstAbove(polled, from)];
      if (missed !== undefined && missed < to) {
        this.#findings.add(
          "poll-skip",
          [before, after],
          () =>
            `process ${process} went from offset ${from} to ${to} of ${this.name}, past offset ${missed}, which other polls saw`,
        );
      }
    }
  }

  #jump(jump: number): Jump {
    const at = (index: number) => this.#jumps.get(5 * jump + index);
    return { process: at(0), from: at(1), to: at(2), before: at(3), after: at(4) };
  }

  #describe(value: number): string {
    return describeKey(this.#values.keys[value] ?? "");
  }
}

/** What of a partition is counted, not judged. */
export interface Outcome {
  /** Acknowledged values that are gone: lost writes, and what final polls did not see. */
  lost: number;
  /** Acknowledged values above everything polled that nobody looked for in the end. */
  notSeen: number;
  /** Values of `info` sends that polls saw: they happened. */
  unsureCommitted: number;
  /** Values that polls saw and no send has: of before the history, or of others. */
  neverSent: number;
}

/** The index of the first number above `bound` in a rising list. */
function firstAbove(rising: Float64Array, bound: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rising[middle] ?? 0) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
