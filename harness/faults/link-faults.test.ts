import { expect } from "chai";
import type { Damage } from "../network/network.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { UsageError } from "../util/errors.ts";
import { bandwidth } from "./bandwidth.ts";
import { blackhole } from "./blackhole.ts";
import type { Fault } from "./fault.ts";
import { latency } from "./latency.ts";
import { limit } from "./limit.ts";
import { link } from "./link-targets.ts";
import { slicer } from "./slicer.ts";
import { slowClose } from "./slow-close.ts";

const target = link("a", "b");

/** What a fault wants done to its links. */
async function damagesOf(fault: Fault): Promise<readonly Damage[]> {
  let seen: readonly Damage[] = [];
  const network = {
    damage: async (_id: string, _links: unknown, damages: readonly Damage[]) => {
      seen = damages;
    },
  };
  const topology = { network } as unknown as RunningTopology;
  const { signal } = new AbortController();
  await fault.inject({ id: "f", topology, nodes: [], links: [], signal });
  return seen;
}

describe("link faults", () => {
  it("act both ways, or the way they are told", async () => {
    const streams = async (fault: Fault) =>
      (await damagesOf(fault)).map((damage) => (damage.type === "toxic" ? damage.toxic.stream : damage));
    expect(await streams(limit(target, { bytes: 10 }))).to.deep.equal(["upstream", "downstream"]);
    expect(await streams(limit(target, { bytes: 10, flow: "downstream" }))).to.deep.equal(["downstream"]);
    expect(await streams(blackhole(target, { flow: "upstream" }))).to.deep.equal([
      { type: "silence", flow: "upstream" },
    ]);
  });

  it("make a normal latency of four even ones, of the same mean and deviation", async () => {
    const fault = latency(target, {
      latency: "202ms",
      jitter: "40ms",
      distribution: "normal",
      flow: "upstream",
    });
    const parts = (await damagesOf(fault)).flatMap((damage) =>
      damage.type === "toxic" ? [damage.toxic.attributes] : [],
    );
    expect(parts).to.have.length(4);
    expect(parts.reduce((sum, { latency: ms = 0 }) => sum + ms, 0)).to.equal(202);
    // An even draw within ± j has the variance j²/3.
    const deviation = Math.sqrt(parts.reduce((sum, { jitter: j = 0 }) => sum + j ** 2 / 3, 0));
    expect(deviation).to.be.closeTo(40, 1);
  });

  const refused: readonly (readonly [what: string, make: () => Fault])[] = [
    ["a latency that cannot be told", () => latency(target, { latency: "2ms" })],
    ["more jitter than latency", () => latency(target, { latency: "20ms", jitter: "30ms" })],
    [
      "a normal jitter that reaches below 0",
      () => latency(target, { latency: "20ms", jitter: "15ms", distribution: "normal" }),
    ],
    ["a bandwidth of 0", () => bandwidth(target, { kilobytesPerSecond: 0 })],
    ["a part of a kB/s", () => bandwidth(target, { kilobytesPerSecond: 0.5 })],
    ["pieces of nothing", () => slicer(target, { size: 0 })],
    ["pieces that differ by more than they are", () => slicer(target, { size: 10, variation: 10 })],
    ["slices without a pause", () => slicer(target, { size: 10, delay: 0 })],
    ["an end that is hardly late", () => slowClose(target, { delay: "10ms" })],
    ["a limit that cannot be reached", () => limit(target, { bytes: 5_000_000 })],
  ];
  for (const [what, make] of refused) {
    it(`refuse ${what}`, () => expect(make).to.throw(UsageError));
  }
});
