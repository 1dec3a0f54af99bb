import { expect } from "chai";
import type { HistoryEvent } from "../history/event.ts";
import { UsageError } from "../util/errors.ts";
import { checkerNamed, describeCheckers } from "./registry.ts";
import { history } from "./testing/lines.ts";
import type { Checker } from "./verdict.ts";

const hintOf = (make: () => unknown): string | undefined => {
  try {
    make();
  } catch (error) {
    if (error instanceof UsageError) return error.hint;
  }
  return undefined;
};

/** Every checker, with its first model where it has any. */
const all: [string, Checker][] = describeCheckers().map(([name, about]) => {
  const model = /--model (\S+?)(,|$)/.exec(about)?.[1];
  return [name, checkerNamed(name, model)];
});

describe("the registry of checkers", () => {
  it("lists what there is when a name is unknown, and objects to a model nobody has", () => {
    for (const [name] of all) expect(hintOf(() => checkerNamed("logs"))).to.contain(name);
    expect(() => checkerNamed("toString")).to.throw(UsageError, 'there is no checker "toString"');
    expect(() => checkerNamed("log", "register")).to.throw(UsageError, "the checker log has no models");
  });

  for (const [name, checker] of all) {
    it(`${name}: says nothing for certain of an empty history`, () => {
      expect(checker.check([]).verdict).to.equal("inconclusive");
    });

    it(`${name}: refuses a history that breaks the rules, when it streams`, () => {
      const broken: HistoryEvent[][] = [
        history(["ok", 0, "read"]),
        history(["invoke", 0, "read"], ["invoke", 0, "read"]),
        history(["invoke", 0, "read"], ["info", 0, "read"], ["invoke", 0, "read"]),
      ];
      for (const events of broken) {
        const stream = checker.stream?.();
        if (stream) {
          expect(() => {
            for (const event of events) stream.add(event);
          }).to.throw(UsageError, "breaks the history format");
        }
      }
    });
  }
});
