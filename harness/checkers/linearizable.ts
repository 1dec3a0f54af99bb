import type { HistoryEvent } from "../history/event.ts";
import { UsageError } from "../util/errors.ts";
import { Budget } from "./budget.ts";
import { describeWitness, eventsOf } from "./linearizable/describe.ts";
import { drawWitness } from "./linearizable/draw-witness.ts";
import type { Model } from "./linearizable/model.ts";
import { type ModelName, models } from "./linearizable/models.ts";
import { type ObjectHistory, objectsOf } from "./linearizable/objects.ts";
import { judgeObject, type Unlinearizable, type Witness, witnessOf } from "./linearizable/witness.ts";
import { anomaly, resultOf } from "./result.ts";
import type { Anomaly, Checker, CheckResult } from "./verdict.ts";

export type { ModelName } from "./linearizable/models.ts";

/** The names of the models. */
export const linearizableModels = Object.keys(models) as readonly ModelName[];

export interface LinearizableOptions {
  /** What the objects ought to be; each key is one. */
  readonly model: ModelName;
}

/**
 * Every object behaves as if each operation took effect in one moment between its invoke and its answer: `nonlinearizable`, one for
 * each key for which no order explains the answers. What ended `info` or never may have taken effect at any time from its invoke
 * on, or not at all; what failed did not. Definitions and sources: docs/checkers.md.
 *
 * Inconclusive: no operation that the model knows was answered `ok`, or the budget ended before every key was decided.
 * @throws UsageError for a model that does not exist.
 */
export function linearizable({ model }: LinearizableOptions): Checker {
  if (!Object.hasOwn(models, model)) {
    throw new UsageError(
      `linearizable has no model ${JSON.stringify(model)}`,
      `models: ${linearizableModels.join(", ")}`,
    );
  }
  return {
    name: "linearizable",
    check: (events, budget = new Budget()) => check(events, models[model], model, budget),
  };
}

function check(events: readonly HistoryEvent[], model: Model, name: ModelName, budget: Budget): CheckResult {
  const objects = objectsOf(events, model);
  const operations = objects.reduce((sum, object) => sum + object.operations.length, 0);
  const answered = objects.some(({ operations }) => operations.some(({ ok }) => ok !== undefined));
  const { witnesses, decided, overspent } = judgeAll(objects, model, budget);
  const spent =
    overspent === undefined
      ? []
      : [
          `gave up with ${decided} of ${objects.length} keys decided (${operations} operations): ${overspent}`,
        ];
  return resultOf("linearizable", {
    anomalies: anomaliesOf(witnesses),
    gaps: [...(answered ? [] : [`no operation of the model ${name} was answered ok`]), ...spent],
    passedReason: `${operations} operations on ${objects.length} key(s) are linearizable as ${name}`,
    counts: { keys: objects.length, decided, operations, nonlinearizable: witnesses.length },
  });
}

/** So many configurations an object may take in the first round; in each later round, `roundFactor` times more. */
const firstRound = 20_000;
const roundFactor = 8;

interface Judged {
  readonly witnesses: readonly Witness[];
  readonly decided: number;
  /** Why not all are decided. */
  readonly overspent?: string;
}

/**
 * Judges objects in rounds, so that one that is hard does not keep the others from being judged: those that take too long are begun
 * anew in the next round, with more to spend. What shows that an object is wrong is looked for when all are decided, for the same reason.
 */
function judgeAll(objects: readonly ObjectHistory[], model: Model, budget: Budget): Judged {
  const wrong: { readonly object: ObjectHistory; readonly outcome: Unlinearizable }[] = [];
  let overspent: string | undefined;
  const isSpent = () => {
    overspent ??= budget.exceeded();
    return overspent !== undefined;
  };
  let undecided = objects;
  for (let allowed = firstRound; undecided.length > 0 && overspent === undefined; allowed *= roundFactor) {
    const hard: ObjectHistory[] = [];
    for (const [place, object] of undecided.entries()) {
      // Each operation takes a configuration when all goes well.
      const configurations = allowed + object.operations.length;
      const spent = place % 16 === 0 ? isSpent() : overspent !== undefined;
      const outcome = spent ? undefined : judgeObject(object.operations, model, { configurations, isSpent });
      if (outcome === undefined) hard.push(object);
      else if (!outcome.linearizable) wrong.push({ object, outcome });
    }
    undecided = hard;
  }
  const whyUndecided = undecided.length > 0 ? overspent : undefined;
  const limit = { configurations: Number.POSITIVE_INFINITY, isSpent };
  return {
    witnesses: wrong.map(({ object, outcome }) => witnessOf(object, model, outcome, limit)),
    decided: objects.length - undecided.length,
    ...(whyUndecided === undefined ? {} : { overspent: whyUndecided }),
  };
}

/** So many anomalies are drawn, those with the shortest prefixes: a report must stay readable. */
const drawn = 5;

function anomaliesOf(witnesses: readonly Witness[]): Anomaly[] {
  return witnesses
    .toSorted((a, b) => a.operations.length - b.operations.length)
    .map((witness, place) => ({
      ...anomaly("nonlinearizable", describeWitness(witness), eventsOf(witness)),
      ...(place < drawn ? { drawing: drawWitness(witness) } : {}),
    }));
}
