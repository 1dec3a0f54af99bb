import { UsageError } from "../util/errors.ts";
import type { HistoryEvent, Operation } from "./event.ts";

/**
 * Matches invocations with their completions as events arrive, and refuses a history that breaks the format's
 * rules: one operation at a time a process, and none after an `info`.
 */
export class OperationPairer {
  readonly #open = new Map<number, HistoryEvent>();
  readonly #retired = new Set<number>();

  /**
   * Takes the next event; returns the operation that it completes, if it completes one.
   * @throws UsageError naming the event when it breaks a rule.
   */
  add(event: HistoryEvent): Operation | undefined {
    if (event.type === "invoke") {
      if (this.#retired.has(event.process)) {
        throw broken(event, `process ${event.process} invokes again after an info`);
      }
      if (this.#open.has(event.process)) {
        throw broken(event, `process ${event.process} invokes while its former operation is under way`);
      }
      this.#open.set(event.process, event);
      return undefined;
    }
    const invoke = this.#open.get(event.process);
    if (invoke === undefined) throw broken(event, `process ${event.process} has no operation under way`);
    if (invoke.f !== event.f) throw broken(event, `it completes a ${invoke.f}, but says ${event.f}`);
    this.#open.delete(event.process);
    if (event.type === "info") this.#retired.add(event.process);
    return { invoke, completion: event };
  }

  /** Invocations without completion so far, oldest first. */
  open(): IterableIterator<HistoryEvent> {
    return this.#open.values();
  }
}

/**
 * The operations of a history in the order of their invokes.
 * @throws UsageError naming the event that breaks the format's rules.
 */
export function pairOperations(events: Iterable<HistoryEvent>): Operation[] {
  const pairer = new OperationPairer();
  const operations = new Map<HistoryEvent, Operation>();
  for (const event of events) {
    const operation = pairer.add(event);
    if (operation) operations.set(operation.invoke, operation);
    else operations.set(event, { invoke: event });
  }
  return [...operations.values()];
}

/** From when the user wanted it (or, not stated, from the invoke) to the completion; undefined while under way. */
export function latencyMs({ invoke, completion }: Operation): number | undefined {
  return completion && (completion.time - (invoke.intended ?? invoke.time)) / 1e6;
}

function broken(event: HistoryEvent, why: string): UsageError {
  return new UsageError(
    `event ${event.index} (${event.type} ${event.f}) breaks the history format: ${why}`,
    "See docs/history-format.md, section Rules.",
  );
}
