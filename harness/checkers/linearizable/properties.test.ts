import { expect } from "chai";
import fc from "fast-check";
import type { HistoryEvent } from "../../history/event.ts";
import { linearizable, linearizableModels, type ModelName } from "../linearizable.ts";
import { answersIn, isLinearizableByForce, specifications } from "../testing/brute-force.ts";
import { clientsOf } from "../testing/model-clients.ts";
import { simulate } from "../testing/simulation.ts";
import { models } from "./models.ts";
import { objectsOf } from "./objects.ts";
import { judgeObject, witnessOf } from "./witness.ts";

const free = { configurations: Number.POSITIVE_INFINITY, isSpent: () => false };
const picks = (length: number) => fc.array(fc.nat(0xffff), { minLength: 10, maxLength: length });

/** The history with another outcome of one operation: an answer that it did not have. */
function spoilt(
  events: readonly HistoryEvent[],
  model: ModelName,
  at: number,
  value: number,
): HistoryEvent[] {
  const outcomes = events.flatMap(({ type }, line) => (type === "invoke" ? [] : [line]));
  const line = outcomes[at % outcomes.length];
  return events.map((event, place) =>
    place === line ? { ...event, type: "ok", value: wrongAnswer(model, event, value) } : event,
  );
}

function wrongAnswer(model: ModelName, { f, value }: HistoryEvent, wanted: number): unknown {
  if (f === "read" && model === "set") return [wanted % 3, 3 + (wanted % 2)].slice(0, wanted % 3);
  if (f === "read" || f === "dequeue") return wanted % 4;
  if (f === "get") return ["", "0", "1", "00", "01", "10"][wanted % 6];
  return f === "acquire" && model === "fenced-mutex" ? { fence: wanted % 4 } : value;
}

/** The history with one invoke or completion moved to another line, if the rules of the format allow it. */
function moved(events: readonly HistoryEvent[], from: number, to: number): HistoryEvent[] {
  const event = events[from % Math.max(1, events.length)];
  if (event === undefined) return [...events];
  const others = events.filter((other) => other !== event);
  const place = to % events.length;
  const changed = others.toSpliced(place, 0, event);
  const own = (history: readonly HistoryEvent[]) =>
    history.filter(({ process }) => process === event.process).map(({ index }) => index);
  const keepsRules = String(own(changed)) === String(own(events));
  return keepsRules ? changed : [...events];
}

for (const model of linearizableModels) {
  describe(`linearizable as ${model}: properties`, () => {
    it("passes every correct execution, whatever is never answered", () => {
      fc.assert(
        fc.property(
          picks(400),
          fc.integer({ min: 1, max: 6 }),
          fc.integer({ min: 1, max: 9 }),
          (picks, clients, values) => {
            const events = simulate(clientsOf(model, clients, "x", values), picks);
            expect(linearizable({ model }).check(events).anomalies).to.deep.equal([]);
          },
        ),
        { numRuns: 60 },
      );
    });

    it("says what trying every order says, of histories right and wrong", () => {
      let wrong = 0;
      const seen = fc.sample(fc.tuple(picks(40), fc.nat(30), fc.nat(30), fc.nat(30), fc.boolean()), 400);
      for (const [picks, at, value, to, swaps] of seen) {
        const right = simulate(clientsOf(model, 3, "x", 3), picks);
        const changed = spoilt(right, model, at, value);
        const events = swaps ? moved(changed, at, to) : changed;
        const byForce = isLinearizableByForce(events, specifications[model]);
        if (!byForce) wrong++;
        const [object] = objectsOf(events, models[model]);
        const outcome = judgeObject(object?.operations ?? [], models[model], free);
        expect(outcome?.linearizable, JSON.stringify(events)).to.equal(byForce);
      }
      expect(wrong).to.be.above(0);
    });

    it("shows the shortest prefix that is wrong, and an order that explains the rest of it", () => {
      fc.assert(
        fc.property(picks(40), fc.nat(30), fc.nat(30), (picks, at, value) => {
          const events = spoilt(simulate(clientsOf(model, 3, "x", 3), picks), model, at, value);
          const force = (line?: number) => isLinearizableByForce(events, specifications[model], line);
          if (force()) return;
          const shortest = answersIn(events).find((line) => !force(line));
          const [object] = objectsOf(events, models[model]);
          const outcome = judgeObject(object?.operations ?? [], models[model], free);
          if (object === undefined || outcome?.linearizable !== false)
            throw new Error("it was not found wrong");
          const witness = witnessOf(object, models[model], outcome, free);
          expect(witness).to.include({ line: shortest, isShortest: true });
          const placed = new Set(witness.order);
          witness.operations.forEach(({ ok, to }, place) => {
            if (ok && place !== witness.stuck && to < witness.line) expect(placed.has(place)).to.equal(true);
          });
          expect(placed.has(witness.stuck)).to.equal(false);
        }),
        { numRuns: 300 },
      );
    });
  });
}
