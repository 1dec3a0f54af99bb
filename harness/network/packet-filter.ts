import { execute } from "../provision/execute.ts";
import { EnvironmentError, messageOf } from "../util/errors.ts";
import { hostPort } from "../util/host-port.ts";
import type { Link } from "./link.ts";
import type { Flow, Silencer } from "./network.ts";
import { findTool, isPrivateNetwork } from "./private-network.ts";

/**
 * Silences links by dropping their packets, as a real partition does: connection attempts hang, what is under way is sent
 * again and again by TCP and goes on after the heal.
 *
 * Every packet of the link A -> B has the link's own address 127.SLOT.A.B as its destination (towards B) or its source
 * (towards A), so that its address is all a rule needs. Packets are dropped where they come in: dropped on their way
 * out, they would tell the sender (EPERM), which no partition does. Each fault has a table of its own, made and
 * deleted in one transaction of nft; what overlaps another fault stays dropped by the other's table.
 *
 * The rules are the private network's (harness/network/private-network.ts), and end with its last process.
 */
export class PacketFilter implements Silencer, AsyncDisposable {
  readonly #nft: string;
  readonly #ids = new Set<string>();

  /** @throws EnvironmentError outside a private network: these rules are not for the machine's own. */
  constructor() {
    if (!isPrivateNetwork()) {
      throw new EnvironmentError("packets are only dropped in a network namespace of the run's own", {
        hint: "use: faultline run --network netns",
      });
    }
    this.#nft = findTool("nft");
  }

  async silence(id: string, links: readonly Link[], flow: Flow): Promise<void> {
    this.#ids.add(id);
    await this.#apply(silenceScript(tableOf(id), links, flow), `silencing links for ${id}`);
  }

  async restore(id: string): Promise<void> {
    if (!this.#ids.has(id)) return;
    await this.#apply(restoreScript(tableOf(id)), `restoring the links of ${id}`);
    this.#ids.delete(id);
  }

  async #apply(script: string, what: string): Promise<void> {
    try {
      await execute(this.#nft, [script], { timeoutMs: 5_000 });
    } catch (error) {
      throw new EnvironmentError(`${what} by nft failed: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Restores what is still silent. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.#ids) await this.restore(id);
  }
}

/** nft's names hold letters, digits and `/\-_.` (nft's scanner.l). */
const tableOf = (id: string): string => `faultline-${id.replaceAll(/[^\w.-]/g, "_")}`;

/** One transaction that drops the packets of links, in addition to what the table drops already. */
export function silenceScript(table: string, links: readonly Link[], flow: Flow): string {
  const own = links.filter(({ source }) => source === undefined).flatMap(addressesOf);
  const shared = links.flatMap((link) =>
    link.source === undefined ? [] : addressesOf(link).map((address) => ({ source: link.source, address })),
  );
  const matches: string[] = [];
  if (flow !== "downstream") {
    matches.push(match("ip daddr", own));
    matches.push(
      match(
        "ip saddr . ip daddr",
        shared.map(({ source, address }) => `${source} . ${address}`),
      ),
    );
  }
  if (flow !== "upstream") {
    matches.push(match("ip saddr", own));
    matches.push(
      match(
        "ip saddr . ip daddr",
        shared.map(({ source, address }) => `${address} . ${source}`),
      ),
    );
  }
  return [
    `add table ip ${table}`,
    `add chain ip ${table} input { type filter hook input priority 0 ; policy accept ; }`,
    ...matches.filter((one) => one !== "").map((one) => `add rule ip ${table} input ${one} drop`),
  ].join("\n");
}

/** One transaction that takes the table away; adding it first makes that no error when it is not there. */
const restoreScript = (table: string): string => `add table ip ${table}\ndelete table ip ${table}`;

const match = (what: string, values: readonly string[]): string =>
  values.length === 0 ? "" : `${what} { ${[...new Set(values)].join(", ")} }`;

const addressesOf = (link: Link): string[] => link.proxies.map(({ listen }) => hostPort(listen).host);
