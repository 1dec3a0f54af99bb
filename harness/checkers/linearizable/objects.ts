import type { HistoryEvent } from "../../history/event.ts";
import { OperationPairer } from "../../history/operations.ts";
import { UsageError } from "../../util/errors.ts";
import type { Model, ModelOperation } from "./model.ts";

/** What was done on one object. */
export interface ObjectHistory {
  /** Undefined: the object of all operations without a key. */
  readonly key: string | undefined;
  /** In the order of their invokes. What failed did not happen, and is left out. */
  readonly operations: readonly ModelOperation[];
}

/** An operation while its answer is awaited, and after. */
interface Recorded {
  readonly invoke: HistoryEvent;
  ok: HistoryEvent | undefined;
  readonly from: number;
  to: number;
  failed: boolean;
}

interface Recording {
  readonly operations: Recorded[];
  /** An operation that the model does not know. */
  unknown?: HistoryEvent;
}

/**
 * The objects of a history, by key. Objects on which nothing was done that the model knows are left out.
 * @throws UsageError naming the event that breaks the rules of the format, or an operation on an object of the model whose effect the
 *   model does not know.
 */
export function objectsOf(events: readonly HistoryEvent[], model: Model): ObjectHistory[] {
  const known = new Set(model.operations);
  const pairer = new OperationPairer();
  const recordings = new Map<string | undefined, Recording>();
  const open = new Map<number, Recorded>();
  events.forEach((event, line) => {
    pairer.add(event);
    if (event.type === "invoke") {
      const recording = recordingOf(recordings, event.key);
      if (known.has(event.f)) {
        const operation: Recorded = {
          invoke: event,
          ok: undefined,
          from: line,
          to: Number.POSITIVE_INFINITY,
          failed: false,
        };
        recording.operations.push(operation);
        open.set(event.process, operation);
      } else recording.unknown ??= event;
      return;
    }
    const operation = open.get(event.process);
    if (operation === undefined) return;
    open.delete(event.process);
    if (event.type === "fail") operation.failed = true;
    if (event.type !== "ok") return;
    operation.ok = event;
    operation.to = line;
  });
  return [...recordings].flatMap(([key, { operations, unknown }]) => {
    if (operations.length === 0) return [];
    if (unknown !== undefined) throw notOfTheModel(unknown, model);
    return [{ key, operations: operations.filter(({ failed }) => !failed) }];
  });
}

function recordingOf(recordings: Map<string | undefined, Recording>, key: string | undefined): Recording {
  const found = recordings.get(key);
  if (found) return found;
  const made: Recording = { operations: [] };
  recordings.set(key, made);
  return made;
}

function notOfTheModel({ index, f, key }: HistoryEvent, { operations }: Model): UsageError {
  const object = key === undefined ? "the object without a key" : `key ${JSON.stringify(key)}`;
  return new UsageError(
    `event ${index}: the model knows no ${JSON.stringify(f)}, which is done on ${object} beside operations that it knows`,
    `Operations of this model: ${operations.join(", ")}. Choose another model, or give objects of different kinds different keys.`,
  );
}

/** What of an object was known when a line of the history had just been written: what was answered later has no answer yet. */
export function upTo(operations: readonly ModelOperation[], line: number): ModelOperation[] {
  return operations
    .filter(({ from }) => from <= line)
    .map((operation) =>
      operation.to <= line
        ? operation
        : { invoke: operation.invoke, ok: undefined, from: operation.from, to: Number.POSITIVE_INFINITY },
    );
}
