import { expect } from "chai";
import { standInService } from "../bench/environment.ts";
import { Conversation } from "../network/exchange.ts";
import type { Flow } from "../network/network.ts";
import { stt } from "../topology/stt.ts";
import { bandwidth } from "./bandwidth.ts";
import { blackhole } from "./blackhole.ts";
import { cut } from "./cut.ts";
import type { Fault, Target } from "./fault.ts";
import { latency } from "./latency.ts";
import { limit } from "./limit.ts";
import { outcomeOf, type Place, placesOf } from "./link-probes.ts";
import { between, link, linksFrom, linksTo } from "./link-targets.ts";
import { reset } from "./reset.ts";
import { slicer } from "./slicer.ts";
import { slowClose } from "./slow-close.ts";
import { node } from "./targets.ts";
import { useFaultBed } from "./testing/fault-bed.ts";

/** One link of every kind, so that every protocol is spoken. */
const kinds: readonly (readonly [from: string, to: string])[] = [
  ["kafka-1", "kafka-2"],
  ["stt-1", "kafka-1"],
  ["redis-cluster", "redis-2"],
  ["stt-1", "redis-1"],
  ["stt-1", "sentinel-1"],
  ["stt-1", "postgres"],
  ["stt-1", "daglo"],
  ["stt-1", "s3"],
  ["load", "stt-1"],
];
const everyKind: Target = {
  description: "a link of every kind",
  resolve: async ({ topology }) => ({
    nodes: [],
    links: kinds.map(([from, to]) => topology.network.link(from, to)),
  }),
};

describe("link faults", () => {
  const parts = stt({ kafka: 3, redis: "sentinel", instances: 1, audio: "s3", entry: standInService });
  const bed = useFaultBed(parts);
  const { signal } = new AbortController();

  function placeOf(from: string, to: string): Place {
    const [place] = placesOf(bed, bed.topology.network.link(from, to));
    if (!place) throw new Error(`${from} -> ${to} has no proxy`);
    return place;
  }

  const flows: readonly Flow[] = ["upstream", "downstream", "both"];
  const faults: readonly [string, (target: Target) => Fault][] = [
    ["cut", cut],
    ...flows.flatMap((flow): [string, (target: Target) => Fault][] => [
      [`blackhole ${flow}`, (target) => blackhole(target, { flow })],
      [`reset ${flow}`, (target) => reset(target, { flow })],
      [`latency ${flow}`, (target) => latency(target, { latency: "200ms", jitter: "40ms", flow })],
      [`bandwidth ${flow}`, (target) => bandwidth(target, { kilobytesPerSecond: 20, flow })],
      [`slicer ${flow}`, (target) => slicer(target, { size: 100, variation: 20, delay: "20ms", flow })],
      [`slow close ${flow}`, (target) => slowClose(target, { delay: "600ms", flow })],
      [`limit ${flow}`, (target) => limit(target, { bytes: 5_000, flow })],
    ]),
    [
      "normal latency",
      (target) => latency(target, { latency: "200ms", jitter: "40ms", distribution: "normal" }),
    ],
  ];
  for (const [name, make] of faults) {
    it(`${name}: injected, proven, healed, proven healed on links of every kind`, async () => {
      await bed.strike(make({ ...everyKind, description: `(${name}) on a link of every kind` }));
    });
  }

  it("is not proven where nothing is damaged", async () => {
    for (const [name, make] of faults) {
      const fault = make(link("load", "stt-1"));
      const { nodes, links } = await fault.target.resolve({ topology: bed.topology, random: () => 0 });
      const failure = await fault
        .probe({ id: "none", topology: bed.topology, nodes, links, signal })
        .catch((error: unknown) => error);
      expect(failure, name).to.be.instanceOf(Error);
    }
  });

  it("a cut closes the connections under way", async () => {
    await using conversation = await Conversation.open(placeOf("load", "stt-1").through, 5_000);
    await bed.strike(cut(link("load", "stt-1")), async () => {
      const failure = await conversation.ask({ deadlineMs: 5_000 }).catch((error: unknown) => error);
      expect(failure).to.have.property("outcome").that.is.oneOf(["closed", "ECONNRESET", "EPIPE"]);
    });
  });

  it("what was sent into a blackhole arrives after it, every byte of it", async () => {
    await using conversation = await Conversation.open(placeOf("load", "stt-1").through, 5_000);
    const questions = 2_000;
    let answer: ReturnType<Conversation["ask"]> | undefined;
    await bed.strike(blackhole(link("load", "stt-1")), async () => {
      answer = conversation.ask({ count: questions, padding: 1_000, deadlineMs: 60_000 });
    });
    expect(await answer).to.include({ answers: questions });
  });

  it("a blackhole heals at once though clients that it kept answers from have gone", async () => {
    const { through } = placeOf("load", "stt-1");
    await bed.strike(blackhole(link("load", "stt-1"), { flow: "downstream" }), async () => {
      const clients = await Promise.all(Array.from({ length: 20 }, () => Conversation.open(through, 5_000)));
      const asked = clients.map((client) => client.ask({ count: 500, deadlineMs: 500 }));
      const outcomes = await Promise.allSettled(asked);
      expect(outcomes.map(({ status }) => status)).to.not.include("fulfilled");
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    });
  });

  it("the end of a connection does not pass a blackhole either", async () => {
    const place = placeOf("stt-1", "redis-1");
    await using conversation = await Conversation.open(place.through, 5_000);
    await conversation.ask({ deadlineMs: 5_000 });
    let ended: Promise<number> | undefined;
    await bed.strike(blackhole(link("stt-1", "redis-1"), { flow: "upstream" }), async () => {
      expect(await conversation.close(300)).to.equal(300);
      ended = conversation.close(10_000);
    });
    expect(await ended).to.be.lessThan(10_000);
  });

  it("of two blackholes on a link, the first heal leaves it silent", async () => {
    const { network } = bed.topology;
    const { through } = placeOf("stt-1", "redis-1");
    await bed.strike(blackhole(link("stt-1", "redis-1")), async () => {
      await network.damage(
        "other",
        [network.link("stt-1", "redis-1")],
        [{ type: "silence", flow: "upstream" }],
      );
      await network.repair("other");
      expect(await outcomeOf(through, 300)).to.equal("silent");
    });
  });

  it("the damage outlasts a restart of its node, and one of the proxy server", async () => {
    const { through } = placeOf("stt-1", "daglo");
    await bed.strike(cut(link("stt-1", "daglo")), async () => {
      await bed.topology.node("daglo").kill();
      await bed.topology.node("daglo").start();
      expect(await outcomeOf(through, 2_000)).to.equal("ECONNREFUSED");
      await bed.topology.node("toxiproxy").kill();
      await bed.topology.node("toxiproxy").start();
      expect(await outcomeOf(through, 2_000)).to.equal("ECONNREFUSED");
    });
  });

  it("every escalation heals, and leaves the damage of others", async () => {
    const { network } = bed.topology;
    await network.damage("other", [network.link("stt-1", "daglo")], [{ type: "cut" }]);
    const fault = blackhole(link("stt-1", "redis-1"));
    const { nodes, links } = await fault.target.resolve({ topology: bed.topology, random: () => 0 });
    for (const { name, run } of fault.escalations ?? []) {
      const context = { id: name, topology: bed.topology, nodes, links, signal };
      await fault.inject(context);
      await fault.probe(context);
      if (name.startsWith("restart the nodes")) await network.repair(name);
      await run(context);
      await fault.probeHealed(context);
      expect(await outcomeOf(placeOf("stt-1", "daglo").through, 2_000), name).to.equal("ECONNREFUSED");
    }
    await network.repair("other");
  });

  it("targets are the links they say", async () => {
    const named = async (target: Target) => {
      const { nodes, links } = await target.resolve({ topology: bed.topology, random: () => 0 });
      return { nodes, links: links.map(({ from, to }) => `${from} -> ${to}`) };
    };
    expect(await named(linksTo(node("postgres")))).to.deep.equal({
      nodes: ["postgres"],
      links: bed.topology.network.links
        .filter(({ from, to }) => to === "postgres" && from !== "harness")
        .map(({ from }) => `${from} -> postgres`),
    });
    expect((await named(linksTo(node("kafka-1"), { from: ["kafka-2"] }))).links).to.deep.equal([
      "kafka-2 -> kafka-1",
    ]);
    expect((await named(linksFrom(node("kafka-1")))).links).to.have.members([
      "kafka-1 -> kafka-2",
      "kafka-1 -> kafka-3",
    ]);
    expect((await named(between("kafka-1", "kafka-3"))).links).to.have.members([
      "kafka-1 -> kafka-3",
      "kafka-3 -> kafka-1",
    ]);
    const none = await named(linksFrom(node("redis-1"))).catch((error: unknown) => error);
    expect(none).to.have.property("message", "links from redis-1: there are no such links");
  });
});
