import { impossible, type Machine, type Model, type ModelOperation, nothing } from "../model.ts";
import { Numbering } from "../numbering.ts";
import { Sequences } from "./sequences.ts";

/**
 * A queue, first in, first out, empty at first: `enqueue` puts an element at the end, `dequeue` takes the first one, null when there is
 * none. A dequeue whose answer is not known may have taken whatever was first.
 */
export const queue: Model = { operations: ["enqueue", "dequeue"], machine };

/** Enqueueing element e is kind 2e, dequeueing it kind 2e + 1; null is element 0. */
const nullElement = 0;
const enqueueing = (element: number) => 2 * element;
const dequeueing = (element: number) => 2 * element + 1;
const isEnqueue = (kind: number) => kind % 2 === 0;

function machine(operations: readonly ModelOperation[]): Machine {
  const elements = new Numbering();
  elements.of(null);
  for (const { invoke, ok } of operations) {
    if (invoke.f === "enqueue") elements.of(invoke.value);
    else if (ok) elements.of(ok.value);
  }
  const anyDequeue = enqueueing(elements.size);
  const dequeued = new Set(
    operations.flatMap(({ invoke, ok }) => (invoke.f === "dequeue" && ok ? [elements.of(ok.value)] : [])),
  );
  const kinds = Int32Array.from(operations, ({ invoke, ok }) => {
    if (invoke.f === "dequeue") return ok ? dequeueing(elements.of(ok.value)) : anyDequeue;
    const element = elements.of(invoke.value);
    // Nobody is known to have got it: if it ever was in the queue, then for nothing.
    return ok || dequeued.has(element) ? enqueueing(element) : nothing;
  });
  const order = new DequeueOrder(operations, kinds, anyDequeue);
  const queues = new Sequences();

  const step = (state: number, kind: number): number => {
    const first = queues.first(state);
    if (kind === anyDequeue) return first === undefined ? impossible : queues.withoutFirst(state);
    const element = kind >> 1;
    if (isEnqueue(kind)) return queues.withLast(state, element);
    if (first === undefined) return element === nullElement ? state : impossible;
    return first === element ? queues.withoutFirst(state) : impossible;
  };
  return {
    initial: queues.empty,
    kinds,
    kindCount: anyDequeue + 1,
    step,
    isFree: (state, kind) => kind === dequeueing(nullElement) && queues.first(state) === undefined,
    narrow: (state, blocked, under) => {
      const last = queues.last(state);
      const all = under.filter((kind) => isEnqueue(kind) && kind !== anyDequeue);
      // One that comes out before another can be dequeued must go in before it, too.
      const first = Math.min(...all.map((kind) => order.outBy(kind >> 1)));
      const enqueues = all
        .filter((kind) => order.outFrom(kind >> 1) <= first)
        .filter((kind) => last === undefined || order.outFrom(last) <= order.outBy(kind >> 1))
        .toSorted((a, b) => order.rank(a >> 1) - order.rank(b >> 1));
      const dequeues = under.filter((kind) => !isEnqueue(kind) || kind === anyDequeue);
      if (!isEnqueue(blocked) && step(state, blocked) !== impossible)
        return [blocked, ...dequeues.filter((kind) => kind !== blocked), ...enqueues];
      return isEnqueue(blocked) ? [...enqueues, ...dequeues] : [...dequeues, ...enqueues];
    },
  };
}

/** What the known dequeues say of the order in which elements are in the queue. */
class DequeueOrder {
  /** By element: the first line at which a dequeue of it was invoked, and the first at which one was answered. */
  readonly #spans = new Map<number, { readonly from: number; readonly to: number }>();
  /** By element, how many enqueues of it there are. */
  readonly #enqueues = new Map<number, number>();
  readonly #isAnyTaken: boolean;

  constructor(operations: readonly ModelOperation[], kinds: Int32Array, anyDequeue: number) {
    this.#isAnyTaken = kinds.includes(anyDequeue);
    operations.forEach(({ from, to }, index) => {
      const kind = kinds[index] ?? nothing;
      if (kind === nothing || kind === anyDequeue) return;
      const element = kind >> 1;
      const span = this.#spans.get(element) ?? { from, to };
      if (isEnqueue(kind)) this.#enqueues.set(element, (this.#enqueues.get(element) ?? 0) + 1);
      else this.#spans.set(element, { from: Math.min(span.from, from), to: Math.min(span.to, to) });
    });
  }

  /** The less, the sooner it is dequeued. */
  rank(element: number): number {
    return this.#spans.get(element)?.to ?? Number.MAX_SAFE_INTEGER;
  }

  /** The line from which an element that is in the queue may come out. */
  outFrom(element: number): number {
    return this.#isAnyTaken ? 0 : (this.#spans.get(element)?.from ?? Number.MAX_SAFE_INTEGER);
  }

  /** The line by which an element that is enqueued now must have come out: it has no other enqueue, and a dequeue is answered there. */
  outBy(element: number): number {
    const isOnly = element !== nullElement && this.#enqueues.get(element) === 1;
    return isOnly ? this.rank(element) : Number.MAX_SAFE_INTEGER;
  }
}
