/**
 * The addresses of one topology. Every address of 127.0.0.0/8 is the loopback interface on Linux and needs no set-up,
 * so each node and each directed link gets one of its own, and the address alone says what it is:
 *
 *     127.SLOT.0.B   node B itself; nothing but its proxies talks to it
 *     127.SLOT.A.B   node B as node A sees it: the proxies of the link A -> B
 *
 * Names are numbered from 1 in the order in which they are given.
 */
export class AddressPlan {
  readonly #slot: number;
  readonly #numbers: ReadonlyMap<string, number>;

  /** @param names all nodes, and all other sources of links, at most 254. */
  constructor(slot: number, names: readonly string[]) {
    if (names.length > 254)
      throw new RangeError(`a topology has at most 254 nodes and sources, not ${names.length}`);
    this.#slot = slot;
    this.#numbers = new Map(names.map((name, index) => [name, index + 1]));
  }

  /** The node's own address. */
  real(node: string): string {
    return `127.${this.#slot}.0.${this.#number(node)}`;
  }

  /** `to` as `from` sees it. */
  link(from: string, to: string): string {
    return `127.${this.#slot}.${this.#number(from)}.${this.#number(to)}`;
  }

  #number(name: string): number {
    const number = this.#numbers.get(name);
    if (number === undefined) throw new RangeError(`the address plan has no ${name}`);
    return number;
  }
}
