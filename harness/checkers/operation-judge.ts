import type { HistoryEvent, Operation } from "../history/event.ts";
import { OperationPairer } from "../history/operations.ts";
import type { Budget } from "./budget.ts";
import { anomaly, type Findings, resultOf } from "./result.ts";
import { judgeAll } from "./stream.ts";
import type { Anomaly, Checker, CheckResult, StreamingCheck } from "./verdict.ts";

/** An operation that has ended. */
export interface EndedOperation extends Operation {
  readonly completion: HistoryEvent;
}

/** An operation under way. */
export interface Under<At> {
  readonly invoke: HistoryEvent;
  readonly at: At;
}

/**
 * What a checker does with the operations of a history as they come. `At` is what it wants to remember from an
 * operation's invoke until its completion, for example what was known when it began.
 */
export interface OperationJudge<At> {
  /** @param position of the line, from 0: what happened before what is the order of lines. */
  invoked(invoke: HistoryEvent, position: number): At;
  completed(operation: EndedOperation, at: At, position: number): void;
  /**
   * Called once, at the end.
   * @param open what never completed, with what was remembered of it.
   * @param whole false: the budget ended before the history, so nothing may be concluded from what is missing.
   */
  end(open: readonly Under<At>[], whole: boolean): Findings;
}

/** The budget is asked every so many events: often enough for either, and cheap. */
const ASK_EVERY = 1_024;

/** A checker that judges operations as they come; with a budget that ends early, `inconclusive` unless it has found something. */
export function streamingChecker<At>(name: string, judge: () => OperationJudge<At>): Checker {
  const stream = (budget?: Budget) => new OperationStream(name, judge(), budget);
  return {
    name,
    check: (events, budget) => judgeAll(stream(budget), events),
    stream,
  };
}

class OperationStream<At> implements StreamingCheck {
  readonly #name: string;
  readonly #judge: OperationJudge<At>;
  readonly #budget: Budget | undefined;
  readonly #pairer = new OperationPairer();
  /** Operations under way, by process. */
  readonly #under = new Map<number, Under<At>>();
  #position = 0;
  #overspent: string | undefined;

  constructor(name: string, judge: OperationJudge<At>, budget: Budget | undefined) {
    this.#name = name;
    this.#judge = judge;
    this.#budget = budget;
  }

  get spent(): boolean {
    return this.#overspent !== undefined;
  }

  add(event: HistoryEvent): void {
    if (this.spent) return;
    if (this.#position % ASK_EVERY === 0) {
      this.#overspent = this.#budget?.exceeded();
      if (this.spent) return;
    }
    const position = this.#position++;
    const operation = this.#pairer.add(event);
    if (operation === undefined) {
      this.#under.set(event.process, { invoke: event, at: this.#judge.invoked(event, position) });
      return;
    }
    const under = this.#under.get(event.process);
    this.#under.delete(event.process);
    if (under) this.#judge.completed({ invoke: under.invoke, completion: event }, under.at, position);
  }

  end(): CheckResult {
    const overspent = this.#overspent ?? this.#budget?.exceeded();
    const findings = this.#judge.end([...this.#under.values()], overspent === undefined);
    const gaps = overspent === undefined ? [] : [`gave up after ${this.#position} events: ${overspent}`];
    return resultOf(this.#name, { ...findings, gaps: [...gaps, ...findings.gaps] });
  }
}

/** So many anomalies of a type are shown; all are counted. */
const SHOWN_OF_A_TYPE = 100;

/** Collects anomalies: shows the first ones of each type, counts all. */
export class AnomalyList {
  readonly shown: Anomaly[] = [];
  readonly #totals = new Map<string, number>();

  add(type: string, message: string, witnesses: readonly HistoryEvent[]): void {
    const count = this.count(type) + 1;
    this.#totals.set(type, count);
    if (count <= SHOWN_OF_A_TYPE) this.shown.push(anomaly(type, message, witnesses));
  }

  count(type: string): number {
    return this.#totals.get(type) ?? 0;
  }

  /** How many there were of each type. */
  get totals(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#totals);
  }
}
