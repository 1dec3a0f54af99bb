import { EnvironmentError, messageOf } from "../util/errors.ts";
import { together } from "../util/together.ts";
import type { Link } from "./link.ts";
import { ManagedProxy, type Wanted } from "./managed-proxy.ts";
import type { Direction, ProxySpec, Toxic, Toxiproxy } from "./toxiproxy.ts";

/** Which way bytes are stopped: `upstream` from the link's source to its end, `downstream` back. */
export type Flow = Direction | "both";

/** A toxic without its name, which the network gives. */
export type ToxicSpec = Omit<Toxic, "name">;

/** What a fault does to a link. */
export type Damage =
  /** Refuses new connections and closes the ones there are. */
  | { readonly type: "cut" }
  /** Nothing arrives and nothing is refused; what was sent arrives when it is repaired. */
  | { readonly type: "silence"; readonly flow: Flow }
  | { readonly type: "toxic"; readonly toxic: ToxicSpec };

/** How a network silences links: by proxies that hold bytes, or by a filter that drops packets. */
export interface Silencer {
  /** @param id of the fault; the same id silences and restores. */
  silence(id: string, links: readonly Link[], flow: Flow): Promise<void>;
  /** Undoes it. Nothing to undo is no error. */
  restore(id: string): Promise<void>;
}

interface Entry {
  readonly links: readonly Link[];
  readonly damages: readonly Damage[];
}

/** The directions of a flow. */
export const directionsOf = (flow: Flow): readonly Direction[] =>
  flow === "both" ? ["upstream", "downstream"] : [flow];

const proxiesOf = (links: readonly Link[]): readonly ProxySpec[] => links.flatMap(({ proxies }) => proxies);

/**
 * The links of a topology and all damage done to them. It keeps what is *wanted* of every proxy, so that faults which
 * overlap on a link do not heal each other, a node that comes back does not open a link that is cut, and a proxy
 * server that was restarted gets everything back.
 */
export class Network {
  readonly links: readonly Link[];
  readonly #toxiproxy: Toxiproxy;
  /** What drops packets, where the network has one; else the proxies hold bytes. */
  readonly #filter: Silencer | undefined;
  readonly #proxies: ReadonlyMap<string, ManagedProxy>;
  /** The damage that is wanted, by the fault. */
  readonly #damage = new Map<string, readonly Entry[]>();
  /** The damage that is to be taken away and may still be there. */
  readonly #repairing = new Map<string, readonly Entry[]>();
  /** The proxies in front of nodes that do not run. */
  readonly #down = new Set<string>();
  /** Whether the proxy server runs and has its proxies. */
  #online = false;

  constructor(toxiproxy: Toxiproxy, links: readonly Link[], filter?: Silencer) {
    this.#toxiproxy = toxiproxy;
    this.links = links;
    this.#filter = filter;
    this.#proxies = new Map(
      proxiesOf(links).map((proxy) => [proxy.name, new ManagedProxy(proxy, toxiproxy)]),
    );
  }

  /** How it silences: `proxy` holds bytes, `netns` drops packets. */
  get kind(): "proxy" | "netns" {
    return this.#filter ? "netns" : "proxy";
  }

  /**
   * The link between two names.
   * @throws EnvironmentError when there is none.
   */
  link(from: string, to: string): Link {
    const found = this.links.find((link) => link.from === from && link.to === to);
    if (!found) throw new EnvironmentError(`there is no link ${from} -> ${to}`);
    return found;
  }

  /** Ids of the faults that damage a link now; of sources that share its proxies, only of its own. */
  damagedBy({ proxies, source }: Link): string[] {
    const isSame = (other: Link) =>
      other.proxies.some(({ name }) => proxies.some((proxy) => proxy.name === name)) &&
      (source === undefined || other.source === undefined || source === other.source);
    return [...this.#damage]
      .filter(([, entries]) => entries.some(({ links }) => links.some(isSame)))
      .map(([id]) => id);
  }

  /** Makes every proxy, with all damage that is wanted now: after each start of the proxy server. */
  async populate(): Promise<void> {
    this.#online = false;
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.idle()));
    const specs = [...this.#proxies.values()].map(({ spec }) => {
      const { enabled, silent, toxics } = this.#wanted(spec.name);
      // One that gets toxics opens when it has them.
      return { ...spec, enabled: enabled && silent.size === 0 && toxics.length === 0 };
    });
    const states = await this.#toxiproxy.populate(specs);
    for (const state of states) this.#proxies.get(state.name)?.learn(state);
    this.#online = true;
    await this.#settle([...this.#proxies.keys()]);
  }

  /** Takes note that the proxy server has ended: until {@link populate}, what is wanted is only remembered. */
  offline(): void {
    this.#online = false;
  }

  /**
   * Damages links until {@link repair}, in addition to what the same fault has damaged before. Resolves when it is in
   * effect; after a failure, part of it may be.
   * @param id the fault's.
   */
  async damage(id: string, links: readonly Link[], damages: readonly Damage[]): Promise<void> {
    this.#damage.set(id, [...(this.#damage.get(id) ?? []), { links, damages }]);
    await this.#settle(namesOf(links));
    for (const damage of damages) {
      if (damage.type === "silence") await this.#filter?.silence(id, links, damage.flow);
    }
  }

  /**
   * Takes a fault's damage away, and leaves that of others. May be repeated: what could not be taken away stays wanted away.
   * @throws EnvironmentError when the proxy server does not answer in time (upstream issues 500 and 558).
   */
  async repair(id: string): Promise<void> {
    const entries = [...(this.#repairing.get(id) ?? []), ...(this.#damage.get(id) ?? [])];
    if (entries.length === 0) return;
    this.#damage.delete(id);
    this.#repairing.set(id, entries);
    try {
      await this.#filter?.restore(id);
      await this.#settle(namesOf(entries.flatMap(({ links }) => links)));
    } catch (error) {
      throw new EnvironmentError(`the links of ${id} are not repaired: ${messageOf(error)}`, {
        cause: error,
      });
    }
    this.#repairing.delete(id);
  }

  /**
   * Closes all connections of links and opens the links again, as far as nothing else wants them closed. What hung in a
   * repair is repaired with it.
   */
  async reset(links: readonly Link[]): Promise<void> {
    await this.#forEach(namesOf(links), (proxy, wanted) => proxy.reset(wanted));
  }

  /**
   * Proves that no fault damages any link, and that the server has every proxy open, with no toxic that does anything.
   * @throws EnvironmentError naming what is not whole.
   */
  async provenWhole(): Promise<string> {
    const damaged = [...this.#damage.keys(), ...this.#repairing.keys()];
    if (damaged.length > 0) throw new EnvironmentError(`links are still damaged by ${damaged.join(", ")}`);
    if (this.#down.size > 0)
      throw new EnvironmentError(`closed, for their nodes are down: ${[...this.#down].join(", ")}`);
    const states = await this.#toxiproxy.proxies();
    const open = states.filter(
      ({ enabled, toxics }) => enabled && toxics.every(({ toxicity }) => toxicity === 0),
    );
    const whole = new Set(open.map(({ name }) => name));
    const broken = [...this.#proxies.keys()].filter((name) => !whole.has(name));
    if (broken.length > 0) throw new EnvironmentError(`not as they were made: ${broken.join(", ")}`);
    return `all ${this.#proxies.size} proxies are open, and none does damage`;
  }

  /** Says whether a node runs: links to one that does not refuse, as its own ports would. */
  async setServing(proxy: ProxySpec, serving: boolean): Promise<void> {
    if (serving) this.#down.delete(proxy.name);
    else this.#down.add(proxy.name);
    await this.#settle([proxy.name]);
  }

  async #settle(names: readonly string[]): Promise<void> {
    await this.#forEach(names, (proxy, wanted) => proxy.settle(wanted));
  }

  /** All are tried; the first failure is thrown when all have ended. */
  async #forEach(
    names: readonly string[],
    work: (proxy: ManagedProxy, wanted: () => Wanted) => Promise<void>,
  ): Promise<void> {
    if (!this.#online) return;
    await together(
      [...new Set(names)].map(async (name) => {
        const proxy = this.#proxies.get(name);
        if (!proxy) throw new EnvironmentError(`there is no proxy ${name}`);
        await work(proxy, () => this.#wanted(name));
      }),
    );
  }

  #wanted(name: string): Wanted {
    const damages = [...this.#damage].flatMap(([id, entries]) =>
      entries
        .flatMap((entry) => entry.damages.map((damage) => ({ damage, links: entry.links })))
        .map((one, index) => ({ ...one, toxicName: `${id}-${index + 1}` }))
        .filter(({ links }) => proxiesOf(links).some((proxy) => proxy.name === name)),
    );
    return {
      enabled: !this.#down.has(name) && !damages.some(({ damage }) => damage.type === "cut"),
      // Silence is the proxies' only where nothing drops packets.
      silent: new Set(
        damages.flatMap(({ damage }) =>
          damage.type === "silence" && !this.#filter ? directionsOf(damage.flow) : [],
        ),
      ),
      toxics: damages.flatMap(({ damage, toxicName }): Toxic[] =>
        damage.type === "toxic" ? [{ ...damage.toxic, name: toxicName }] : [],
      ),
    };
  }
}

const namesOf = (links: readonly Link[]): readonly string[] => proxiesOf(links).map(({ name }) => name);
