import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { stt } from "../topology/stt.ts";
import { type Call, callsIn, sourceOf } from "../util/call.ts";
import { UsageError } from "../util/errors.ts";
import { seededRandom } from "../util/random.ts";
import { catalogueOf } from "./catalogue.ts";
import { healed } from "./conditions.ts";
import type { Fault } from "./fault.ts";
import { kill } from "./kill.ts";
import { pinned } from "./pinned.ts";
import { after, at, type ScheduledFault } from "./schedule.ts";
import { node, nodesTarget } from "./targets.ts";
import { vocabulary } from "./vocabulary.ts";
import { scheduleFrom, writtenSchedule } from "./written.ts";

const folder = new URL(".", import.meta.url);

/** Every function of this folder that a scenario writes faults with, by the types that they return. */
function exported(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .flatMap((file) => {
      const text = readFileSync(new URL(file, folder), "utf8");
      const signature =
        /^export (?:const|function) (\w+)(?: = )?(?:<[^>]*>)?\((?:[^()]|\([^()]*\))*\): (?:Fault|Target|Shape|Condition)\b(?! \||\[)/gm;
      return [...text.matchAll(signature)].map(([, name = ""]) => name);
    });
}

/** Helpers that make faults and targets of one's own, or are only names for another call. */
const notWritten = ["nodesTarget", "linkFault", "postgresDown", "postgresSlow"];

/** What a fault says of itself. */
const said = ({ kind, target, needs = [], prepares = [], source }: Fault) => ({
  ...{ kind, needs, prepares, source },
  target: target.description,
});

/** Written, stored as JSON, read and made again. */
function stored(schedule: readonly ScheduledFault[]): ScheduledFault[] {
  return scheduleFrom(JSON.parse(JSON.stringify(writtenSchedule(schedule))));
}

describe("vocabulary of faults", () => {
  it("has every function that makes a fault, a target, a shape or a condition", () => {
    const names = exported();
    expect(names).to.include.members(["kill", "leaderOf", "oneWay", "proven", "linksTo", "isolate"]);
    expect([...vocabulary.keys()]).to.include.members(names.filter((name) => !notWritten.includes(name)));
  });

  it("says where everything is", async () => {
    for (const [name, file] of vocabulary) {
      const module = await import(new URL(`../${file}`, folder).href);
      expect(module[name], `${name} in ${file}`).to.be.a("function");
    }
  });

  it("makes of what was written the same again, over the whole catalogue", () => {
    const entries = catalogueOf(stt({ kafka: 4 }));
    fc.assert(
      fc.property(fc.constantFrom(...entries), fc.nat(), fc.nat(60_000), (entry, seed, atMs) => {
        const fault = entry.draw(seededRandom(seed));
        const [again] = stored([{ fault, atMs, forMs: 1_000 }]);
        expect(again && said(again.fault)).to.deep.equal(said(fault));
        expect(again).to.include({ atMs, forMs: 1_000 });
      }),
      { numRuns: 1_000 },
    );
  });

  it("makes of source text the same again, over the whole catalogue", async () => {
    const words = new Map<string, unknown>();
    for (const [name, file] of vocabulary)
      words.set(name, (await import(new URL(`../${file}`, folder).href))[name]);
    const evaluate = (call: Call): unknown => {
      const names = [...new Set(callsIn(call))];
      return new Function(...names, `return ${sourceOf(call)}`)(...names.map((name) => words.get(name)));
    };
    const entries = catalogueOf(stt({ kafka: 4 }));
    fc.assert(
      fc.property(fc.constantFrom(...entries), fc.nat(), (entry, seed) => {
        const fault = entry.draw(seededRandom(seed));
        if (fault.source === undefined) throw new Error(`${fault.kind} was not written down`);
        expect(said(evaluate(fault.source) as Fault)).to.deep.equal(said(fault));
      }),
    );
  });

  it("keeps conditions, and faults that are pinned", () => {
    const schedule = [
      at("4s", pinned(kill(node("stt-1")), { nodes: ["stt-2"], links: ["load -> stt-2"] })).for("1s"),
      after(healed(1), kill(node("stt-1"))).for("1s"),
    ];
    const [first, second] = stored(schedule);
    expect(first?.fault.target.description).to.equal("stt-1, pinned to load -> stt-2");
    expect(second?.after?.description).to.equal("fault 1 is proven healed");
  });

  it("does not write a schedule with a part of somebody's own", () => {
    const own = nodesTarget("the oldest node", async () => []);
    expect(writtenSchedule([at(0, kill(node("stt-1"))).for(0), at(0, kill(own)).for(0)])).to.equal(undefined);
  });

  describe("says what is wrong with", () => {
    const cases: [string, Call, string][] = [
      ["an unknown fault", { call: "explode", args: [] }, "explode is no fault"],
      [
        "an unknown target",
        { call: "kill", args: [{ call: "somebody", args: [] }] },
        "somebody is no target",
      ],
      ["a missing argument", { call: "kill", args: [] }, "kill that cannot be made again"],
      ["an unknown option", { call: "cpuLimit", args: [{ call: "node", args: ["a"] }, { cors: 1 }] }, "cors"],
      [
        "a value that is refused",
        { call: "cpuLimit", args: [{ call: "node", args: ["a"] }, { cores: 0 }] },
        "0.01",
      ],
    ];
    for (const [what, fault, message] of cases)
      it(what, () => {
        expect(() => scheduleFrom([{ atMs: 0, forMs: 0, fault }])).to.throw(UsageError, message);
      });
  });
});
