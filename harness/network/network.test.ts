import { expect } from "chai";
import { EnvironmentError } from "../util/errors.ts";
import type { Link } from "./link.ts";
import { type Damage, Network, type Silencer } from "./network.ts";
import { FakeToxiproxy } from "./testing/fake-toxiproxy.ts";
import { Toxiproxy } from "./toxiproxy.ts";

/** Two links of one proxy, and one of two. */
const links: readonly Link[] = [
  { from: "a", to: "b", proxies: [proxy("a.b.1")] },
  { from: "b", to: "a", proxies: [proxy("b.a.1")] },
  { from: "a", to: "c", proxies: [proxy("a.c.1"), proxy("a.c.2")] },
];
const proxies = links.flatMap((link) => link.proxies);

function proxy(name: string) {
  return { name, listen: "127.1.1.1:1", upstream: "127.1.0.1:1", enabled: true };
}

const latency: Damage = {
  type: "toxic",
  toxic: { type: "latency", stream: "upstream", attributes: { latency: 100, jitter: 0 } },
};
const silence: Damage = { type: "silence", flow: "upstream" };

describe("network", () => {
  let fake: FakeToxiproxy;
  let network: Network;
  beforeEach(async () => {
    fake = await new FakeToxiproxy().start();
    network = new Network(new Toxiproxy(fake.address, 100), links);
    await network.populate();
  });
  afterEach(async () => {
    await fake[Symbol.asyncDispose]();
    expect(fake.violations).to.deep.equal([]);
  });

  const ab = () => [network.link("a", "b")];
  /** Toxics that do something. */
  const toxics = (name = "a.b.1") =>
    fake
      .proxy(name)
      .toxics.filter(({ toxicity }) => toxicity > 0)
      .map((toxic) => toxic.name);

  it("cuts a link and opens it again", async () => {
    await network.damage("f", ab(), [{ type: "cut" }]);
    expect(fake.proxy("a.b.1").enabled).to.equal(false);
    expect(fake.proxy("b.a.1").enabled).to.equal(true);
    await network.repair("f");
    expect(fake.proxy("a.b.1").enabled).to.equal(true);
  });

  it("knows who damages a link; of sources that share its proxies, only their own", async () => {
    const [shared] = ab();
    if (!shared) throw new Error("there is no link");
    await network.damage("f", [shared], [silence]);
    await network.damage("g", [{ ...shared, source: "127.1.0.7" }], [silence]);
    expect(network.damagedBy(network.link("b", "a"))).to.deep.equal([]);
    expect(network.damagedBy(shared)).to.deep.equal(["f", "g"]);
    expect(network.damagedBy({ ...shared, source: "127.1.0.8" })).to.deep.equal(["f"]);
    await network.repair("f");
    expect(network.damagedBy(shared)).to.deep.equal(["g"]);
  });

  it("damages all proxies of a link, once for each fault", async () => {
    await network.damage("f", [network.link("a", "c")], [latency]);
    await network.damage("g", [network.link("a", "c")], [latency]);
    expect(toxics("a.c.1")).to.deep.equal(["f-1", "g-1"]);
    expect(toxics("a.c.2")).to.deep.equal(["f-1", "g-1"]);
    await network.repair("f");
    expect(toxics("a.c.2")).to.deep.equal(["g-1"]);
  });

  it("adds to what a fault has damaged before", async () => {
    await network.damage("f", ab(), [latency]);
    await network.damage("f", ab(), [latency]);
    expect(toxics()).to.deep.equal(["f-1", "f-2"]);
    await network.repair("f");
    expect(toxics()).to.deep.equal([]);
  });

  it("keeps a link cut while any fault, or its node that is down, wants it so", async () => {
    await network.damage("f", ab(), [{ type: "cut" }]);
    await network.setServing(proxy("a.b.1"), false);
    await network.damage("g", ab(), [{ type: "cut" }]);
    await network.repair("f");
    await network.setServing(proxy("a.b.1"), true);
    expect(fake.proxy("a.b.1").enabled).to.equal(false);
    await network.repair("g");
    expect(fake.proxy("a.b.1").enabled).to.equal(true);
  });

  it("leaves a silent direction alone, and does what else is wanted when it is silent no more", async () => {
    await network.damage("old", ab(), [latency]);
    await network.damage("silent", ab(), [silence]);
    await network.damage("other", ab(), [silence]);
    await network.damage("new", ab(), [latency]);
    await network.repair("old");
    await network.repair("silent");
    expect(toxics()).to.deep.equal(["old-1", "gate-upstream-bytes", "gate-upstream-end"]);
    await network.repair("other");
    expect(toxics()).to.deep.equal(["new-1"]);
  });

  it("silences again what was silent before", async () => {
    for (const id of ["f", "g"]) {
      await network.damage(id, ab(), [silence]);
      expect(toxics()).to.deep.equal(["gate-upstream-bytes", "gate-upstream-end"]);
      await network.repair(id);
      expect(toxics()).to.deep.equal([]);
    }
  });

  it("gives a restarted server all damage, and opens no link before it has it", async () => {
    await network.damage("cut", [network.link("a", "c")], [{ type: "cut" }]);
    await network.damage("slow", ab(), [latency, silence]);
    network.offline();
    await network.setServing(proxy("b.a.1"), false); // only remembered
    await fake.restart();
    await network.populate();
    expect(toxics()).to.deep.equal(["slow-1", "gate-upstream-bytes", "gate-upstream-end"]);
    expect(proxies.map(({ name }) => fake.proxy(name).enabled)).to.deep.equal([true, false, false, false]);
  });

  it("asks nothing of a server that has ended", async () => {
    network.offline();
    const { calls } = fake;
    await network.damage("f", ab(), [latency, { type: "cut" }]);
    await network.repair("f");
    expect(fake.calls).to.equal(calls);
  });

  it("gives up a removal that hangs, in time, and completes it when it is repeated", async () => {
    await network.damage("f", ab(), [latency]);
    fake.stuck.add("a.b.1");
    const failure = await network.repair("f").catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(EnvironmentError);
    expect((failure as Error).message).to.match(
      /^the links of f are not repaired: toxiproxy: DELETE .*timeout/,
    );
    await network.reset(ab());
    await network.repair("f");
    expect(fake.proxy("a.b.1")).to.deep.equal({ enabled: true, toxics: [] });
  });

  it("repairs the other links though one hangs", async () => {
    await network.damage("f", links, [latency]);
    fake.stuckForEver.add("a.b.1");
    await network.repair("f").catch(() => {});
    expect(toxics("b.a.1")).to.deep.equal([]);
  });

  it("is whole again after a restart where nothing else helped", async () => {
    await network.damage("f", ab(), [latency]);
    await network.damage("g", ab(), [{ ...latency, toxic: { ...latency.toxic, stream: "downstream" } }]);
    fake.stuckForEver.add("a.b.1");
    for (const attempt of [() => network.repair("f"), () => network.reset(ab())]) {
      expect(await attempt().catch((error: unknown) => error)).to.be.instanceOf(EnvironmentError);
    }
    network.offline();
    await network.repair("f");
    await fake.restart();
    await network.populate();
    expect(toxics()).to.deep.equal(["g-1"]);
  });

  it("proves that it is whole, and names what is not: a fault, a node that is down, a proxy that is not as it was made", async () => {
    const what = () => network.provenWhole().catch((error: Error) => error.message);
    expect(await what()).to.equal("all 4 proxies are open, and none does damage");
    await network.damage("f", ab(), [silence]);
    expect(await what()).to.equal("links are still damaged by f");
    await network.repair("f"); // its gate stays, switched off
    expect(await what()).to.match(/^all 4/);
    await network.setServing(proxy("a.c.2"), false);
    expect(await what()).to.match(/down: a\.c\.2$/);
    await network.setServing(proxy("a.c.2"), true);
    await new Toxiproxy(fake.address).setEnabled("b.a.1", false);
    expect(await what()).to.equal("not as they were made: b.a.1");
  });

  it("leaves silence to a filter where there is one", async () => {
    const calls: string[] = [];
    const filter: Silencer = {
      silence: async (id, silenced, flow) => {
        calls.push(`silence ${id} ${silenced.map(({ from, to }) => from + to).join()} ${flow}`);
      },
      restore: async (id) => {
        calls.push(`restore ${id}`);
      },
    };
    network = new Network(new Toxiproxy(fake.address, 100), links, filter);
    await network.populate();
    await network.damage("f", ab(), [silence, latency]);
    expect(toxics()).to.deep.equal(["f-2"]);
    await network.repair("f");
    expect(calls).to.deep.equal(["silence f ab upstream", "restore f"]);
  });
});
