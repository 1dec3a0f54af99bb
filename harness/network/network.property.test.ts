import { expect } from "chai";
import fc from "fast-check";
import type { Link } from "./link.ts";
import { type Damage, directionsOf, type Flow, Network } from "./network.ts";
import { FakeToxiproxy } from "./testing/fake-toxiproxy.ts";
import { type Direction, type ProxySpec, Toxiproxy } from "./toxiproxy.ts";

const proxyNamed = (name: string): ProxySpec => ({
  ...{ name, listen: "127.1.1.1:1", upstream: "127.1.0.1:1", enabled: true },
});
const links: readonly Link[] = [
  { from: "a", to: "b", proxies: [proxyNamed("a.b.1")] },
  { from: "a", to: "c", proxies: [proxyNamed("a.c.1"), proxyNamed("a.c.2")] },
];
const proxies = links.flatMap((link) => link.proxies);

/** What may be asked of a network. */
type Step =
  | {
      readonly do: "damage";
      readonly id: string;
      readonly on: readonly Link[];
      readonly damages: readonly Damage[];
    }
  | { readonly do: "repair"; readonly id: string }
  | { readonly do: "serve"; readonly proxy: ProxySpec; readonly serving: boolean }
  | { readonly do: "reset"; readonly on: readonly Link[] }
  | { readonly do: "restart the server" };

const ids = fc.constantFrom("f", "g", "h");
const some = fc.subarray([...links], { minLength: 1 });
const damages: fc.Arbitrary<Damage> = fc.oneof(
  fc.constant<Damage>({ type: "cut" }),
  fc
    .constantFrom<Flow[]>("upstream", "downstream", "both")
    .map((flow): Damage => ({ type: "silence", flow })),
  fc
    .constantFrom<Direction[]>("upstream", "downstream")
    .map((stream): Damage => ({ type: "toxic", toxic: { type: "slicer", stream, attributes: {} } })),
);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("damage"),
      id: ids,
      on: some,
      damages: fc.array(damages, { maxLength: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("repair"), id: ids }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("serve"),
      proxy: fc.constantFrom(...proxies),
      serving: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reset"), on: some }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart the server") }) },
);

/** What is wanted, by what was asked. */
class Model {
  #damages: { id: string; proxies: readonly string[]; damage: Damage; toxic: string }[] = [];
  readonly #down = new Set<string>();

  note(step: Step): void {
    if (step.do === "damage") {
      const names = step.on.flatMap((link) => link.proxies.map(({ name }) => name));
      for (const damage of step.damages) {
        const toxic = `${step.id}-${this.#damages.filter(({ id }) => id === step.id).length + 1}`;
        this.#damages.push({ id: step.id, proxies: names, damage, toxic });
      }
    } else if (step.do === "repair") {
      this.#damages = this.#damages.filter(({ id }) => id !== step.id);
    } else if (step.do === "serve") {
      if (step.serving) this.#down.delete(step.proxy.name);
      else this.#down.add(step.proxy.name);
    }
  }

  /** Of a silent direction, only that it is silent. */
  of(name: string) {
    const here = this.#damages.filter((one) => one.proxies.includes(name));
    const toxics = (stream: Direction): string[] => {
      const silent = here.some(
        ({ damage }) => damage.type === "silence" && directionsOf(damage.flow).includes(stream),
      );
      if (silent) return [`gate-${stream}-bytes`, `gate-${stream}-end`];
      return here
        .filter(({ damage }) => damage.type === "toxic" && damage.toxic.stream === stream)
        .map(({ toxic }) => toxic)
        .sort();
    };
    return {
      enabled: !this.#down.has(name) && !here.some(({ damage }) => damage.type === "cut"),
      upstream: toxics("upstream"),
      downstream: toxics("downstream"),
    };
  }
}

/** The same, as the server has it. */
function seen(fake: FakeToxiproxy, name: string) {
  const { enabled, toxics } = fake.proxy(name);
  const on = (stream: Direction): string[] => {
    const names = toxics.filter((one) => one.stream === stream && one.toxicity > 0).map((one) => one.name);
    const gate = names.filter((one) => one.startsWith("gate-"));
    return gate.length > 0 ? gate : names.sort();
  };
  return { enabled, upstream: on("upstream"), downstream: on("downstream") };
}

async function perform(step: Step, network: Network, fake: FakeToxiproxy): Promise<void> {
  if (step.do === "damage") await network.damage(step.id, step.on, step.damages);
  else if (step.do === "repair") await network.repair(step.id);
  else if (step.do === "serve") await network.setServing(step.proxy, step.serving);
  else if (step.do === "reset") await network.reset(step.on);
  else {
    network.offline();
    await fake.restart();
    await network.populate();
  }
}

describe("network, whatever is asked of it", () => {
  let fake: FakeToxiproxy;
  before(async () => {
    fake = await new FakeToxiproxy().start();
  });
  after(() => fake[Symbol.asyncDispose]());

  it("ends as wanted, in whatever order, also all at once, and over restarts of the server", async () => {
    const asked = fc.array(fc.record({ step: steps, afterTheOthers: fc.boolean() }), { maxLength: 15 });
    await fc.assert(
      fc.asyncProperty(asked, async (all) => {
        await fake.restart();
        const network = new Network(new Toxiproxy(fake.address), links);
        await network.populate();
        const model = new Model();
        let underWay: Promise<void>[] = [];
        for (const { step, afterTheOthers } of all) {
          if (afterTheOthers || step.do === "restart the server") {
            await Promise.all(underWay);
            underWay = [];
          }
          model.note(step);
          underWay.push(perform(step, network, fake));
        }
        await Promise.all(underWay);
        for (const { name } of proxies) expect(seen(fake, name), name).to.deep.equal(model.of(name));
        expect(fake.violations).to.deep.equal([]);
      }),
      { numRuns: 60 },
    );
  });
});
