import { EnvironmentError, messageOf } from "../util/errors.ts";
import type { Link } from "./link.ts";
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

/** Holding bytes: a bandwidth of 0 keeps them until it is removed, where `timeout` would drop them. */
const holding = (stream: Direction): ToxicSpec => ({ type: "bandwidth", stream, attributes: { rate: 0 } });

const directions = (flow: Flow): readonly Direction[] =>
  flow === "both" ? ["upstream", "downstream"] : [flow];

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
  readonly #entries = new Map<string, Entry>();
  readonly #down = new Set<string>();

  constructor(toxiproxy: Toxiproxy, links: readonly Link[], filter?: Silencer) {
    this.#toxiproxy = toxiproxy;
    this.links = links;
    this.#filter = filter;
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

  /** Makes every proxy, with all damage that is wanted now: after the start of the proxy server, and after every restart. */
  async populate(): Promise<void> {
    const proxies = this.links.flatMap(({ proxies }) => proxies);
    await this.#toxiproxy.populate(proxies.map((proxy) => ({ ...proxy, enabled: this.#isEnabled(proxy) })));
    for (const [id, { links, damages }] of this.#entries) {
      await this.#addToxics(links, toxicsOf(id, this.#proxied(damages)));
    }
  }

  /**
   * Damages links until {@link repair}. Resolves when it is in effect.
   * @param id the fault's; once a fault.
   */
  async damage(id: string, links: readonly Link[], damages: readonly Damage[]): Promise<void> {
    this.#entries.set(id, { links, damages });
    if (damages.some(({ type }) => type === "cut")) await this.#syncAll(links);
    await this.#addToxics(links, toxicsOf(id, this.#proxied(damages)));
    for (const damage of damages) {
      if (damage.type === "silence") await this.#filter?.silence(id, links, damage.flow);
    }
  }

  /**
   * Takes a fault's damage away, and leaves that of others. May be repeated: what could not be taken away stays wanted away.
   * @throws EnvironmentError when the proxy server does not answer in time (upstream issues 500 and 558).
   */
  async repair(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    try {
      await this.#filter?.restore(id);
      await this.#removeToxics(entry.links, toxicsOf(id, this.#proxied(entry.damages)));
      await this.#syncAll(entry.links);
    } catch (error) {
      throw new EnvironmentError(`the links of ${id} are not repaired: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** Closes all connections of links and opens the links again, as far as nothing else wants them closed. */
  async reset(links: readonly Link[]): Promise<void> {
    const names = links.flatMap(({ proxies }) => proxies.map(({ name }) => name));
    await Promise.all(names.map((name) => this.#toxiproxy.setEnabled(name, false)));
    await this.#syncAll(links);
  }

  /** Says whether a node runs: links to one that does not refuse, as its own ports would. */
  async setServing(proxy: ProxySpec, serving: boolean): Promise<void> {
    if (serving) this.#down.delete(proxy.name);
    else this.#down.add(proxy.name);
    await this.#sync(proxy);
  }

  #isEnabled(proxy: ProxySpec): boolean {
    if (this.#down.has(proxy.name)) return false;
    return ![...this.#entries.values()].some(
      ({ links, damages }) =>
        damages.some(({ type }) => type === "cut") && links.some(({ proxies }) => proxies.includes(proxy)),
    );
  }

  async #syncAll(links: readonly Link[]): Promise<void> {
    await Promise.all(links.flatMap(({ proxies }) => proxies.map((proxy) => this.#sync(proxy))));
  }

  /** Two calls may overtake each other on their way, so each looks again when it is done. */
  async #sync(proxy: ProxySpec): Promise<void> {
    for (;;) {
      const enabled = this.#isEnabled(proxy);
      await this.#toxiproxy.setEnabled(proxy.name, enabled);
      if (this.#isEnabled(proxy) === enabled) return;
    }
  }

  /** The damages as the proxies do them: silence is theirs only where nothing drops packets. */
  #proxied(damages: readonly Damage[]): ToxicSpec[] {
    return damages.flatMap((damage) => {
      if (damage.type === "toxic") return [damage.toxic];
      if (damage.type === "silence" && !this.#filter) return directions(damage.flow).map(holding);
      return [];
    });
  }

  async #addToxics(links: readonly Link[], toxics: readonly Toxic[]): Promise<void> {
    await this.#forEach(links, toxics, (proxy, toxic) => this.#toxiproxy.addToxic(proxy, toxic));
  }

  async #removeToxics(links: readonly Link[], toxics: readonly Toxic[]): Promise<void> {
    await this.#forEach(links, toxics, (proxy, { name }) => this.#toxiproxy.removeToxic(proxy, name));
  }

  async #forEach(
    links: readonly Link[],
    toxics: readonly Toxic[],
    call: (proxy: string, toxic: Toxic) => Promise<void>,
  ): Promise<void> {
    await Promise.all(
      links.flatMap(({ proxies }) =>
        proxies.map(async ({ name }) => {
          for (const toxic of toxics) await call(name, toxic);
        }),
      ),
    );
  }
}

const toxicsOf = (id: string, specs: readonly ToxicSpec[]): Toxic[] =>
  specs.map((spec, index) => ({ ...spec, name: `${id}-${index + 1}` }));
