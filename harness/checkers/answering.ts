import type { HistoryEvent } from "../history/event.ts";
import { isServed } from "../history/user-operations.ts";
import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";
import { countHung, endedWithin, type Judgement, type SteadyState } from "./steady-state.ts";
import { timelineOf } from "./timeline.ts";

/** What "the system is well" means where operations only have to be answered. */
export interface AnsweringOptions {
  /** The kinds of operations judged. */
  readonly f: readonly string[];
  /** Default 3 s. */
  readonly window?: Duration;
  /** Least ratio that is served (default 0.99). */
  readonly ratio?: number;
  /** Nothing may be under way for longer, and who was served later than this after wanting it was not (default 1 s). */
  readonly hang?: Duration;
  /** At least so many of each kind were served (default 2). */
  readonly minOfEach?: number;
}

/**
 * The hypothesis that operations are answered: over the window that ends at the time asked about, enough of each kind were
 * served in time, in their ratio to all that ended, and none hangs. An answer that says no (a busy lock, a cas of another
 * value) serves. One that hangs is enough against it, since clients do one thing at a time: those who wait behind it are
 * not in the history yet.
 */
export function answering(options: AnsweringOptions): SteadyState {
  const { f: kinds, ratio = 0.99, minOfEach = 2 } = options;
  const windowMs = milliseconds(options.window ?? "3s");
  const hangMs = milliseconds(options.hang ?? "1s");
  const counts = (event: HistoryEvent) => kinds.includes(event.f);
  return {
    windowMs,
    holdMs: windowMs,
    description:
      `over ${formatDuration(windowMs)}: at least ${ratio * 100} % of ${kinds.join(", ")} served within ` +
      `${formatDuration(hangMs)}, ${minOfEach} of each, none under way for longer`,
    holds(events, atNs): Judgement {
      const timeline = timelineOf(events);
      const ended = endedWithin(timeline, atNs - windowMs * 1e6, atNs).filter(({ invoke }) => counts(invoke));
      const served = ended.filter(({ completion, latencyMs }) => isServed(completion) && latencyMs <= hangMs);
      const hung = countHung(timeline, atNs, hangMs, counts);
      const reasons: string[] = [];
      for (const kind of kinds) {
        const count = served.filter(({ invoke }) => invoke.f === kind).length;
        if (count < minOfEach) reasons.push(`${count} ${kind} served, needs ${minOfEach}`);
      }
      if (ended.length > 0 && served.length / ended.length < ratio)
        reasons.push(`${served.length} of ${ended.length} operations served in time, needs ${ratio * 100} %`);
      if (hung > 0) reasons.push(`${hung} operation(s) under way for more than ${formatDuration(hangMs)}`);
      return { holds: reasons.length === 0, reasons, overdue: false };
    },
  };
}

/** Holds when all of them hold: for several workloads at once. */
export function allOf(...hypotheses: readonly SteadyState[]): SteadyState {
  return {
    windowMs: Math.max(...hypotheses.map(({ windowMs }) => windowMs)),
    holdMs: Math.max(...hypotheses.map(({ holdMs }) => holdMs)),
    description: hypotheses.map(({ description }) => description).join("; and "),
    holds(events, atNs) {
      const judgements = hypotheses.map((hypothesis) => hypothesis.holds(events, atNs));
      return {
        holds: judgements.every(({ holds }) => holds),
        reasons: judgements.flatMap(({ reasons }) => reasons),
        overdue: judgements.some(({ overdue }) => overdue),
      };
    },
  };
}
