import type { HistoryEvent } from "../history/event.ts";
import {
  deliveredBy,
  isDelivery,
  perhapsDelivered,
  publishedBy,
  type Sequenced,
} from "../history/ordering-operations.ts";
import { KeyOrder } from "./key-order.ts";
import {
  AnomalyList,
  type EndedOperation,
  type OperationJudge,
  streamingChecker,
  type Under,
} from "./operation-judge.ts";
import type { Checker } from "./verdict.ts";

/**
 * What goes into a pipeline (`publish`, or `send` in the history of a log) comes out per key (`deliver`, or `poll`) in the same order.
 * A key has one publisher, which numbers what it hands over; an element goes in before another when its publish was invoked before.
 * Only the first delivery of an element is judged: deliveries are at least once. One comes before another when it ended before the other
 * began, or when one poll returned both in that order.
 *
 * - `out-of-order`: an acknowledged element came out after one that had gone in after it
 * - `gap`: an acknowledged element never came out, though one that had gone in after it did
 * - `unexpected`: an element came out that had not gone in, or whose every publish failed
 *
 * Inconclusive: nothing acknowledged, nothing delivered, or an element is late or missing that a delivery of unknown outcome may have had.
 * What is missing at the end of a key, with nothing after it, is counted only (`undelivered`): that is loss, or not yet order.
 */
export function ordering(): Checker {
  return streamingChecker("ordering", () => new OrderJudge());
}

/** Of an operation's invoke: its line, and how many deliveries there had been. */
interface Began {
  readonly position: number;
  readonly deliveries: number;
}

class OrderJudge implements OperationJudge<Began> {
  readonly #keys = new Map<string, KeyOrder>();
  readonly #anomalies = new AnomalyList();
  /** Deliveries of unknown outcome. */
  readonly #doubtful: Under<Began>[] = [];
  readonly #counts = {
    published: 0,
    acknowledged: 0,
    delivered: 0,
    redelivered: 0,
    undelivered: 0,
    undecided: 0,
  };
  #deliveries = 0;

  invoked(invoke: HistoryEvent, position: number): Began {
    const element = publishedBy(invoke);
    if (element) {
      this.#counts.published++;
      this.#key(element).attempt(element.seq, position);
    }
    return { position, deliveries: this.#deliveries };
  }

  completed({ invoke, completion }: EndedOperation, began: Began, position: number): void {
    const published = publishedBy(invoke);
    if (published && completion.type === "fail") this.#key(published).refuse(published.seq, began.position);
    if (published && completion.type === "ok") {
      this.#counts.acknowledged++;
      this.#key(published).acknowledge(published.seq, { began: began.position, event: completion });
    }
    if (completion.type === "ok") this.#deliver(invoke, completion, began.deliveries, position);
    else if (completion.type === "info") this.#doubtful.push({ invoke, at: began });
  }

  end(open: readonly Under<Began>[], whole: boolean) {
    this.#doubtful.push(...open);
    for (const [key, order] of this.#keys) {
      this.#judgeDelivered(key, order);
      if (whole) this.#judgeMissing(key, order);
    }
    const { acknowledged, delivered, undecided } = this.#counts;
    return {
      anomalies: this.#anomalies.shown,
      totals: this.#anomalies.totals,
      gaps: [
        ...(acknowledged === 0 ? ["no element was published with success"] : []),
        ...(delivered === 0 ? ["no element was delivered"] : []),
        ...(undecided > 0
          ? [`${undecided} late or missing element(s) may have been in a delivery of unknown outcome`]
          : []),
      ],
      passedReason: `${delivered} elements of ${this.#keys.size} key(s) came out in the order in which they went in`,
      counts: { keys: this.#keys.size, ...this.#counts },
    };
  }

  #deliver(invoke: HistoryEvent, ok: HistoryEvent, before: number, position: number): void {
    const first = this.#deliveries;
    for (const element of deliveredBy(invoke, ok)) {
      const rank = this.#deliveries++;
      const isFirst = this.#key(element).deliver({
        seq: element.seq,
        event: ok,
        position,
        rank,
        first,
        before,
      });
      this.#counts[isFirst ? "delivered" : "redelivered"]++;
    }
  }

  #judgeDelivered(key: string, order: KeyOrder): void {
    for (const { seq, event } of this.#counts.published > 0 ? order.unexpected() : []) {
      this.#anomalies.add("unexpected", `${named(key, seq)} came out, and had not gone in`, [event]);
    }
    for (const { acknowledged, late, early } of order.overtaken()) {
      if (this.#perhapsBefore(key, late.seq, early.position)) continue;
      const message = `${named(key, late.seq)} came out (event ${late.event.index}) after ${early.seq} (event ${early.event.index})`;
      this.#anomalies.add("out-of-order", message, [acknowledged, early.event, late.event]);
    }
  }

  #judgeMissing(key: string, order: KeyOrder): void {
    for (const { seq, acknowledged, later } of order.missing()) {
      if (later === undefined) {
        this.#counts.undelivered++;
        continue;
      }
      if (this.#perhapsBefore(key, seq, later.position)) continue;
      const message = `${named(key, seq)} never came out, but ${later.seq}, which went in after it, did`;
      this.#anomalies.add("gap", message, [acknowledged, later.event]);
    }
  }

  /** Whether a delivery of unknown outcome that began before line `position` may have been of this element; counts it. */
  #perhapsBefore(key: string, seq: number, position: number): boolean {
    const perhaps = this.#doubtful.some(({ invoke, at }) => {
      if (!isDelivery(invoke) || at.position > position) return false;
      const what = perhapsDelivered(invoke);
      return (what.key ?? key) === key && (what.seq ?? seq) === seq;
    });
    if (perhaps) this.#counts.undecided++;
    return perhaps;
  }

  #key({ key }: Sequenced): KeyOrder {
    const known = this.#keys.get(key) ?? new KeyOrder();
    this.#keys.set(key, known);
    return known;
  }
}

const named = (key: string, seq: number) => `element ${seq} of key ${JSON.stringify(key)}`;
