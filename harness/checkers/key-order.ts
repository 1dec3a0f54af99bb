import type { HistoryEvent } from "../history/event.ts";
import { firstAt } from "./timeline.ts";

/** One delivery of an element. Ranks number all deliveries of a history as they come. */
export interface Delivery {
  readonly seq: number;
  readonly event: HistoryEvent;
  /** The line of its event. */
  readonly position: number;
  readonly rank: number;
  /** The rank of the first that its operation delivered. */
  readonly first: number;
  /** How many deliveries there had been when its operation began: those are before it. */
  readonly before: number;
}

interface Element {
  /** Where its publishes began, without those that failed. */
  readonly attempts: number[];
  /** Its first publish that ended ok. */
  acknowledged?: { readonly began: number; readonly event: HistoryEvent };
  delivery?: Delivery;
}

/** What went in and what came out of one key. */
export class KeyOrder {
  readonly #elements = new Map<number, Element>();
  /** First deliveries, by rank. */
  readonly #deliveries: Delivery[] = [];

  /** A publish of `seq` begins at line `began`. */
  attempt(seq: number, began: number): void {
    this.#element(seq).attempts.push(began);
  }

  /** The publish of `seq` that began at line `began` failed: it was none. */
  refuse(seq: number, began: number): void {
    const { attempts } = this.#element(seq);
    attempts.splice(attempts.indexOf(began), 1);
  }

  acknowledge(seq: number, ok: { readonly began: number; readonly event: HistoryEvent }): void {
    this.#element(seq).acknowledged ??= ok;
  }

  /** Returns whether it is the element's first delivery. */
  deliver(delivery: Delivery): boolean {
    const element = this.#element(delivery.seq);
    if (element.delivery !== undefined) return false;
    element.delivery = delivery;
    this.#deliveries.push(delivery);
    return true;
  }

  /** Deliveries of what had not gone in. */
  unexpected(): Delivery[] {
    return this.#deliveries.filter(({ seq, position }) => this.#wentIn(seq) > position);
  }

  /** Acknowledged elements that came out after an element that had gone in after them, one such for each. */
  overtaken(): { acknowledged: HistoryEvent; late: Delivery; early: Delivery }[] {
    // By rank: the delivery, among it and all before it, of the element that went in last.
    const latest: Delivery[] = [];
    let latestHere: Delivery | undefined;
    const found = [];
    for (const late of this.#deliveries) {
      // Of its own operation: what came out before it. Of others: what had ended before it began.
      if (latestHere !== undefined && latestHere.rank < late.first) latestHere = undefined;
      const ended = latest[firstAt(this.#deliveries, late.before, ({ rank }) => rank) - 1];
      const early = this.#later(ended, latestHere);
      const { acknowledged } = this.#element(late.seq);
      if (acknowledged && early && this.#wentIn(early.seq) > acknowledged.began) {
        found.push({ acknowledged: acknowledged.event, late, early });
      }
      latestHere = this.#later(latestHere, late);
      latest.push(this.#later(latest.at(-1), late) ?? late);
    }
    return found;
  }

  /** Acknowledged elements that never came out; `later`: the delivery of one that had gone in after it, if any did. */
  missing(): { seq: number; acknowledged: HistoryEvent; later: Delivery | undefined }[] {
    const last = this.#deliveries.reduce<Delivery | undefined>((a, b) => this.#later(a, b), undefined);
    return [...this.#elements].flatMap(([seq, { acknowledged, delivery }]) => {
      if (acknowledged === undefined || delivery !== undefined) return [];
      const later = last && this.#wentIn(last.seq) > acknowledged.began ? last : undefined;
      return [{ seq, acknowledged: acknowledged.event, later }];
    });
  }

  /** The line at which an element first went in; Infinity when it never did. */
  #wentIn(seq: number): number {
    return Math.min(...this.#element(seq).attempts);
  }

  /** Of two deliveries that of the element that went in later; one that never went in is no evidence of order. */
  #later(a: Delivery | undefined, b: Delivery | undefined): Delivery | undefined {
    const [x, y] = [a, b].map((delivery) =>
      delivery === undefined ? -1 : finite(this.#wentIn(delivery.seq)),
    );
    return (y ?? -1) > (x ?? -1) ? b : a;
  }

  #element(seq: number): Element {
    const known = this.#elements.get(seq) ?? { attempts: [] };
    this.#elements.set(seq, known);
    return known;
  }
}

const finite = (position: number) => (Number.isFinite(position) ? position : -1);
