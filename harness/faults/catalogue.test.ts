import { expect } from "chai";
import fc from "fast-check";
import { cluster } from "../topology/cluster.ts";
import { stt } from "../topology/stt.ts";
import { seededRandom } from "../util/random.ts";
import { catalogueOf } from "./catalogue.ts";

const whole = catalogueOf(stt({ kafka: 4 }));
const kindsOf = (entries: readonly { kind: string }[]) => entries.map(({ kind }) => kind);

/** What a drawn fault says of itself. */
const said = ({ kind, target, needs = [] }: ReturnType<(typeof whole)[number]["draw"]>) => ({
  kind,
  target: target.description,
  needs,
});

describe("catalogue of faults", () => {
  it("has every family", () => {
    const families = new Set(whole.map(({ family }) => family));
    expect([...families]).to.have.members(["node", "link", "partition", "dependency", "resource", "clock"]);
    expect(new Set(kindsOf(whole)).size).to.equal(whole.length);
  });

  it("draws what an entry says, whatever the seed, and the same from the same", () => {
    fc.assert(
      fc.property(fc.constantFrom(...whole), fc.nat(), (entry, seed) => {
        const drawn = said(entry.draw(seededRandom(seed)));
        expect(drawn).to.deep.include({ kind: entry.kind, needs: [...entry.needs] });
        expect(said(entry.draw(seededRandom(seed)))).to.deep.equal(drawn);
        expect(drawn.target).not.to.contain("toxiproxy");
      }),
      { numRuns: 1_000 },
    );
  });

  it("sets no clock of the upstream, whose jobs end by it", () => {
    const entry = whole.find(({ kind }) => kind === "clock-skew");
    const targets = Array.from(
      { length: 200 },
      (_, seed) => entry?.draw(seededRandom(seed)).target.description,
    );
    expect(targets).to.include.members(["kafka-1", "stt-1", "postgres"]);
    expect(targets.filter((target) => target?.includes("daglo"))).to.deep.equal([]);
  });

  it("leaves out what a topology has nothing for", () => {
    const redisOnly = kindsOf(catalogueOf(cluster({ redis: "single" })));
    expect(redisOnly).to.include.members(["kill", "cut", "isolate"]);
    for (const kind of [
      "rolling-restart",
      "ring",
      "daglo slow",
      "out-of-connections",
      "disk-full",
      "clock-skew",
    ])
      expect(redisOnly).not.to.include(kind);
    expect(kindsOf(catalogueOf(stt({ kafka: 3 })))).not.to.include("ring");
    expect(catalogueOf({ nodes: [{ name: "toxiproxy", kind: "toxiproxy" }] })).to.deep.equal([]);
  });
});
