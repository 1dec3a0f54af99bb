import { type Clock, systemClock } from "../util/clock.ts";
import { EnvironmentError, messageOf } from "../util/errors.ts";
import { cannotAppend, SegmentedFile } from "../util/segments.ts";
import type { EventType, HistoryEvent, Phase } from "./event.ts";

/** What a client is about to do. */
export interface InvokeOptions {
  /** The kind of operation: `chunk`, `write`. */
  readonly f: string;
  readonly process: number;
  readonly key?: string;
  readonly value?: unknown;
  /** The node the client speaks to. */
  readonly node?: string;
  /** When the user wanted it done, in ns on this history's axis; latency counts from here. */
  readonly intended?: number;
}

/** An operation under way. Exactly one of `ok`, `fail` and `info` ends it; a second one throws. */
export interface Invocation {
  readonly event: HistoryEvent;
  /** It took effect and this was the answer. */
  ok(value?: unknown): HistoryEvent;
  /** It certainly took no effect. Without `value`, the invoke's value stands. */
  fail(error: string, value?: unknown): HistoryEvent;
  /** It may or may not have taken effect, now or later. Its process is retired. Without `value`, the invoke's stands. */
  info(error: string, value?: unknown): HistoryEvent;
}

/** The append-only record of a run's operations, in memory and on disk. */
export interface History extends Disposable, AsyncDisposable {
  readonly path: string;
  /** Attached to every event from now on. */
  phase: Phase;
  /** Every event so far, in order. Grows while the run goes. */
  readonly events: readonly HistoryEvent[];
  /** Nanoseconds since the run began: the time axis of the whole run. */
  now(): number;
  /** The phase at a time that is past, for what tells of itself later. */
  phaseAt(time: number): Phase;
  /** A logical single-threaded client nobody has used. */
  newProcess(): number;
  /** @throws Error when the process is retired or has an operation under way. */
  invoke(options: InvokeOptions): Invocation;
  /** Closes the file; operations still under way stay without completion. */
  close(): void;
}

/**
 * Starts a history in a new file (NDJSON, format version 1, docs/history-format.md). Time 0 is now.
 * Each event is handed to the kernel before the call returns: `kill -9` of this process loses none.
 * All events also stay in memory (about 0.2 KB each) for live evaluation; on disk, what is older is compressed (`SegmentedFile`).
 * @throws EnvironmentError when the file exists or cannot be written.
 */
export function openHistory(path: string, options: { clock?: Clock } = {}): History {
  let file: SegmentedFile;
  try {
    file = new SegmentedFile(path);
  } catch (error) {
    throw new EnvironmentError(`cannot start a history in ${path}: ${messageOf(error)}`, {
      hint: "A history is never overwritten. Choose a new folder that can be written.",
      cause: error,
    });
  }
  return new FileHistory(path, file, options.clock ?? systemClock);
}

class FileHistory implements History {
  readonly path: string;
  readonly events: HistoryEvent[] = [];
  readonly #clock: Clock;
  readonly #origin: number;
  readonly #busy = new Set<number>();
  readonly #retired = new Set<number>();
  #file: SegmentedFile | undefined;
  #processes = 0;
  /** In order of time; the first one began with the history. */
  readonly #phases: { readonly phase: Phase; readonly from: number }[] = [{ phase: "setup", from: 0 }];

  constructor(path: string, file: SegmentedFile, clock: Clock) {
    this.path = path;
    this.#file = file;
    this.#clock = clock;
    this.#origin = clock.now();
  }

  now(): number {
    return Math.round((this.#clock.now() - this.#origin) * 1e6);
  }

  get phase(): Phase {
    return this.#phases.at(-1)?.phase ?? "setup";
  }

  set phase(phase: Phase) {
    this.#phases.push({ phase, from: this.now() });
  }

  phaseAt(time: number): Phase {
    return this.#phases.findLast(({ from }) => from <= time)?.phase ?? "setup";
  }

  newProcess(): number {
    return this.#processes++;
  }

  invoke(options: InvokeOptions): Invocation {
    const { process } = options;
    if (this.#retired.has(process)) {
      throw new Error(
        `process ${process} is retired: its last operation was indeterminate; use newProcess()`,
      );
    }
    if (this.#busy.has(process)) {
      throw new Error(`process ${process} already has an operation under way; a process does one at a time`);
    }
    this.#processes = Math.max(this.#processes, process + 1);
    const event = this.#append("invoke", options, options.value);
    this.#busy.add(process);

    let ended = false;
    const complete = (type: "ok" | "fail" | "info", value: unknown, error?: string): HistoryEvent => {
      if (ended) {
        throw new Error(`the ${options.f} of process ${process} has ended already`);
      }
      const completion = this.#append(type, options, value, error);
      ended = true;
      this.#busy.delete(process);
      if (type === "info") this.#retired.add(process);
      return completion;
    };
    return {
      event,
      ok: (value) => complete("ok", value),
      fail: (error, value = options.value) => complete("fail", value, error),
      info: (error, value = options.value) => complete("info", value, error),
    };
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes it, and waits until what is older is compressed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.[Symbol.asyncDispose]();
  }

  #append(type: EventType, options: InvokeOptions, value: unknown, error?: string): HistoryEvent {
    const event: HistoryEvent = {
      index: this.events.length,
      time: this.now(),
      type,
      process: options.process,
      f: options.f,
      ...(options.key === undefined ? {} : { key: options.key }),
      value: value ?? null,
      ...(options.node === undefined ? {} : { node: options.node }),
      phase: this.phase,
      ...(error === undefined ? {} : { error }),
      ...(type === "invoke" && options.intended !== undefined ? { intended: options.intended } : {}),
    };
    this.#write(`${JSON.stringify(event)}\n`);
    this.events.push(event);
    return event;
  }

  #write(line: string): void {
    if (this.#file === undefined) throw new Error(`the history ${this.path} is closed`);
    try {
      this.#file.write(line);
    } catch (error) {
      throw cannotAppend("history", this.path, error);
    }
  }
}
