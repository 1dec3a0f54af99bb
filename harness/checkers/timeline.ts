import type { HistoryEvent, Operation } from "../history/event.ts";
import { latencyMs, OperationPairer } from "../history/operations.ts";
import { hasEnded, type RecordingState, rankOf, statedState } from "../history/transcription-operations.ts";
import { isUserOperation } from "../history/user-operations.ts";

/** A user's request that has ended. */
export interface EndedRequest extends Operation {
  readonly completion: HistoryEvent;
  /** From when the user wanted it, see `intended`. */
  readonly latencyMs: number;
}

/** A promise of the pipeline: from an acknowledgement until a client sees it kept. Times in ns. */
export interface PipelineWait {
  readonly recording: string;
  /** `encoded`: from finish to ENCODED; `completed`: from conversion to COMPLETED (or FAILED). */
  readonly goal: "encoded" | "completed";
  readonly from: number;
  /** When a client first saw it kept; absent while it is not. */
  to?: number;
  /** The state that a client then saw. */
  state?: RecordingState;
}

/**
 * The requests and pipeline waits of a growing history, indexed by time.
 * {@link timelineOf} keeps one per history, so evaluating every 250 ms reads each event once.
 */
export interface Timeline {
  /** Ended requests by time of completion. */
  readonly ended: readonly EndedRequest[];
  /** Invokes of requests by time. */
  readonly invoked: readonly HistoryEvent[];
  /** Time of each invoke's completion; absent while under way. */
  endOf(invoke: HistoryEvent): number | undefined;
  /** By `from`. */
  readonly waits: readonly PipelineWait[];
}

const timelines = new WeakMap<readonly HistoryEvent[], GrowingTimeline>();

/** The timeline of a history that is only ever appended to. */
export function timelineOf(events: readonly HistoryEvent[]): Timeline {
  let timeline = timelines.get(events);
  if (timeline === undefined) {
    timeline = new GrowingTimeline();
    timelines.set(events, timeline);
  }
  timeline.catchUp(events);
  return timeline;
}

class GrowingTimeline implements Timeline {
  readonly ended: EndedRequest[] = [];
  readonly invoked: HistoryEvent[] = [];
  readonly waits: PipelineWait[] = [];
  readonly #pairer = new OperationPairer();
  readonly #ends = new Map<HistoryEvent, number>();
  /** Waits not yet kept, by goal and recording. */
  readonly #open = { encoded: new Map<string, PipelineWait>(), completed: new Map<string, PipelineWait>() };
  readonly #seen = { encoded: new Set<string>(), completed: new Set<string>() };
  #read = 0;

  catchUp(events: readonly HistoryEvent[]): void {
    for (; this.#read < events.length; this.#read++) {
      const event = events[this.#read];
      if (event !== undefined) this.#add(event);
    }
  }

  endOf(invoke: HistoryEvent): number | undefined {
    return this.#ends.get(invoke);
  }

  #add(event: HistoryEvent): void {
    const operation = this.#pairer.add(event);
    if (event.f === "update" && event.type === "ok") this.#follow(event);
    if (!isUserOperation(event)) return;
    if (event.type === "invoke") {
      this.invoked.push(event);
      return;
    }
    if (operation?.completion === undefined) return;
    const { invoke, completion } = operation;
    this.ended.push({ invoke, completion, latencyMs: latencyMs(operation) ?? 0 });
    this.#ends.set(invoke, completion.time);
    if (completion.type === "ok") this.#follow(completion);
  }

  /** Opens and closes the waits of the recording that an answer speaks of. */
  #follow(event: HistoryEvent): void {
    const recording = event.key;
    if (recording === undefined) return;
    if (event.f === "finish") this.#wait("encoded", recording, event.time);
    if (event.f === "convert") this.#wait("completed", recording, event.time);
    const state = statedState(event);
    if (state === undefined) return;
    if (rankOf(state) >= rankOf("ENCODED")) this.#keep("encoded", recording, event.time, state);
    if (hasEnded(state)) this.#keep("completed", recording, event.time, state);
  }

  #wait(goal: PipelineWait["goal"], recording: string, from: number): void {
    if (this.#seen[goal].has(recording)) return;
    this.#seen[goal].add(recording);
    const wait: PipelineWait = { recording, goal, from };
    this.waits.push(wait);
    this.#open[goal].set(recording, wait);
  }

  #keep(goal: PipelineWait["goal"], recording: string, to: number, state: RecordingState): void {
    const wait = this.#open[goal].get(recording);
    if (wait === undefined) return;
    wait.to = to;
    wait.state = state;
    this.#open[goal].delete(recording);
  }
}

/** The index of the first of `items`, ascending by `timeOf`, whose time is at least `time`. */
export function firstAt<T>(items: readonly T[], time: number, timeOf: (item: T) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && timeOf(item) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
