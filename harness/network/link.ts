import type { AddressPlan } from "./addresses.ts";
import type { ProxySpec } from "./toxiproxy.ts";

/** The harness as a source of links: its view of the system. Faults leave those links alone. */
export const harnessName = "harness";

/** A directed connection `from -> to`, with a proxy for each port of `to` that `from` uses. */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly proxies: readonly ProxySpec[];
  /**
   * For one of several sources that share the proxies: the address it connects from. A packet filter tells it from the
   * others by that; the proxies cannot.
   */
  readonly source?: string;
}

/** The proxy's name: readable in Toxiproxy's API and log. */
export const linkName = (from: string, to: string, port: number): string => `${from}.${to}.${port}`;

/** A link through proxies that keep the port: as `from` sees it, `to` listens on the ports it really has. */
export function link(plan: AddressPlan, from: string, to: string, ports: readonly number[]): Link {
  const proxies = ports.map((port) => ({
    name: linkName(from, to, port),
    listen: `${plan.link(from, to)}:${port}`,
    upstream: `${plan.real(to)}:${port}`,
    enabled: true,
  }));
  return { from, to, proxies };
}
