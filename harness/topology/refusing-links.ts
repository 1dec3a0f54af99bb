import type { Link } from "../network/link.ts";
import { tryToConnect } from "../network/ports.ts";
import type { Toxiproxy } from "../network/toxiproxy.ts";
import type { NodeSpec } from "../runtime/node.ts";
import { until } from "../util/until.ts";

/**
 * Makes the proxies in front of a node refuse connections while it does not run, as its own ports would. Left alone,
 * a proxy accepts a connection and closes it when it finds nobody behind; clients take that for a broker that is
 * there, and some never try another (docs/findings/accept-then-close.md).
 */
export function withRefusingLinks(spec: NodeSpec, links: readonly Link[], toxiproxy: Toxiproxy): NodeSpec {
  const proxies = links.filter(({ to }) => to === spec.name).flatMap((link) => link.proxies);
  return {
    ...spec,
    onEnded: async () => {
      await Promise.all(proxies.map(({ name }) => toxiproxy.setEnabled(name, false)));
    },
    onSpawned: async (signal) => {
      await Promise.all(
        proxies.map(async ({ name, upstream }) => {
          await until(
            async () => (await tryToConnect(upstream)) === "connected",
            `${spec.name} listens on ${upstream}`,
          )
            .every("20ms")
            .unless(signal)
            .atMost(spec.readyWithin);
          await toxiproxy.setEnabled(name, true);
        }),
      );
    },
  };
}
