import type { Direction, ProxySpec, ProxyState, Toxic, ToxicState, Toxiproxy } from "./toxiproxy.ts";

/** What is wanted of a proxy. */
export interface Wanted {
  readonly enabled: boolean;
  /** The directions in which nothing may pass. */
  readonly silent: ReadonlySet<Direction>;
  readonly toxics: readonly Toxic[];
}

/** For ever, as far as a run goes: 24 days, in milliseconds. */
const forEver = 2 ** 31 - 1;

/**
 * What shuts a direction: a bandwidth of 0 holds bytes until it is switched off, where `timeout` would drop them; the end
 * of a connection that follows no bytes would pass it, so `slow_close` behind it holds that.
 */
const gateOf = (stream: Direction): readonly Toxic[] => [
  { name: `gate-${stream}-bytes`, type: "bandwidth", stream, attributes: { rate: 0 } },
  { name: `gate-${stream}-end`, type: "slow_close", stream, attributes: { delay: forEver } },
];

/**
 * One proxy of the server, brought to what is wanted of it, one change at a time. The server passes bytes through a
 * chain of toxics for each direction, each added at its end:
 *
 *     source -> latency of one fault -> slicer of another -> gate: bytes -> gate: end -> destination
 *
 * What Toxiproxy 2.12 does (link.go, toxics/bandwidth.go) makes three rules for the gate:
 *
 * - It stays last, and the chain is left alone while it is shut: a toxic that is added behind it or removed before it would
 *   let a held piece slip through, or make the server drop it when nobody takes it for five seconds. What else is
 *   wanted of a shut direction is done when it is open; before that, nobody could tell.
 * - It is opened by switching it off, from its end, never by removing it: a removal flushes what is held, and hangs for
 *   seconds, or for ever, where a client has gone meanwhile.
 * - Open, it does nothing, and stays; it is removed when another toxic is to be added, for that must come before it.
 */
export class ManagedProxy {
  readonly spec: ProxySpec;
  readonly #server: Toxiproxy;
  /** What the server has; undefined after a call that failed, which may have been carried out all the same. */
  #known: ProxyState | undefined;
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(spec: ProxySpec, server: Toxiproxy) {
    this.spec = spec;
    this.#server = server;
  }

  /** Resolves when nothing is under way, whatever became of it. */
  idle(): Promise<void> {
    return this.#lastTurn;
  }

  /** Takes note of what the server says it has, while nothing is under way. */
  learn(state: ProxyState): void {
    this.#known = state;
  }

  /**
   * Makes the proxy what is wanted when its turn has come: after all that was asked before.
   * @throws EnvironmentError when the server does not answer in time. A later call looks anew and completes it.
   */
  settle(wanted: () => Wanted): Promise<void> {
    return this.#inTurn(() => this.#settle(wanted()));
  }

  /** Closes all connections, also where the server does not answer any more, and then settles. */
  reset(wanted: () => Wanted): Promise<void> {
    return this.#inTurn(async () => {
      this.#known = undefined;
      // Its answer may hang where its effect does not: the answer waits for the toxics.
      await this.#server.setEnabled(this.spec.name, false).catch(() => {});
      await this.#settle(wanted());
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => {});
    return turn;
  }

  async #settle(wanted: Wanted): Promise<void> {
    const { name } = this.spec;
    const known = this.#known ?? (await this.#server.proxy(name));
    this.#known = undefined;
    if (known.enabled && !wanted.enabled) await this.#server.setEnabled(name, false);
    const toxics = [
      ...(await this.#settleDirection("upstream", known, wanted)),
      ...(await this.#settleDirection("downstream", known, wanted)),
    ];
    // Enabled last, so that no connection slips through before its toxics are there.
    if (!known.enabled && wanted.enabled) await this.#server.setEnabled(name, true);
    this.#known = { name, enabled: wanted.enabled, toxics };
  }

  /** @returns the toxics that the direction then has. */
  async #settleDirection(stream: Direction, known: ProxyState, wanted: Wanted): Promise<ToxicState[]> {
    const { name } = this.spec;
    const gate = gateOf(stream);
    const silent = wanted.silent.has(stream);
    const target = wanted.toxics.filter((toxic) => toxic.stream === stream);
    const present = known.toxics.filter((toxic) => toxic.stream === stream);
    const others = present.filter((toxic) => !includes(gate, toxic));
    let parts = present.filter((toxic) => includes(gate, toxic));
    if (silent && parts.length === gate.length && parts.every(isOn)) return present;

    for (const part of parts.filter(isOn).reverse()) await this.#server.setToxicity(name, part.name, 0);
    // The last first: what it holds goes to the destination, not into another toxic.
    for (const { name: toxic } of others.filter((one) => !includes(target, one)).reverse()) {
      await this.#server.removeToxic(name, toxic);
    }
    const missing = target.filter((one) => !includes(others, one));
    if (missing.length > 0 || parts.length < gate.length) {
      for (const part of parts.toReversed()) await this.#server.removeToxic(name, part.name);
      parts = [];
    }
    for (const toxic of missing) await this.#server.addToxic(name, toxic);
    if (silent) {
      for (const toxic of gate) {
        await (parts.length > 0
          ? this.#server.setToxicity(name, toxic.name, 1)
          : this.#server.addToxic(name, toxic));
      }
    }
    return [
      ...target.map((toxic) => ({ ...toxic, toxicity: 1 })),
      ...(silent || parts.length > 0 ? gate.map((toxic) => ({ ...toxic, toxicity: silent ? 1 : 0 })) : []),
    ];
  }
}

const isOn = ({ toxicity }: ToxicState): boolean => toxicity > 0;

const includes = (toxics: readonly { name: string }[], { name }: { name: string }): boolean =>
  toxics.some((toxic) => toxic.name === name);
