import type { Network } from "../network/network.ts";
import { tryToConnect } from "../network/ports.ts";
import type { NodeSpec } from "../runtime/node.ts";
import { until } from "../util/until.ts";

/**
 * Makes the proxies in front of a node refuse connections while it does not run, as its own ports would. Left alone,
 * a proxy accepts a connection and closes it when it finds nobody behind; clients take that for a broker that is
 * there, and some never try another (docs/findings/accept-then-close.md).
 */
export function withRefusingLinks(spec: NodeSpec, network: Network): NodeSpec {
  const proxies = network.links.filter(({ to }) => to === spec.name).flatMap((link) => link.proxies);
  if (proxies.length === 0) return spec;
  return {
    ...spec,
    onEnded: async () => {
      await Promise.all(proxies.map((proxy) => network.setServing(proxy, false)));
    },
    onSpawned: async (signal) => {
      await Promise.all(
        proxies.map(async (proxy) => {
          await until(
            async () => (await tryToConnect(proxy.upstream)) === "connected",
            `${spec.name} listens on ${proxy.upstream}`,
          )
            .every("20ms")
            .unless(signal)
            .atMost(spec.readyWithin);
          await network.setServing(proxy, true);
        }),
      );
    },
  };
}
