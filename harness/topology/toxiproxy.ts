import type { AddressPlan } from "../network/addresses.ts";
import type { Network } from "../network/network.ts";
import { Toxiproxy } from "../network/toxiproxy.ts";
import type { Installed } from "../provision/provision.ts";
import type { NodeSpec } from "../runtime/node.ts";
import { until } from "../util/until.ts";

const port = 18474;

/**
 * The server of all proxies of a topology. It has no state of its own: see {@link withItsProxies}.
 * @param options.metrics whether it counts bytes by proxy, for Prometheus, at `/metrics` of its API.
 */
export function toxiproxyNode(
  plan: AddressPlan,
  toxiproxy: Installed["toxiproxy"],
  { metrics = false }: { readonly metrics?: boolean } = {},
): NodeSpec {
  const host = plan.real("toxiproxy");
  return {
    name: "toxiproxy",
    kind: "toxiproxy",
    address: `${host}:${port}`,
    command: toxiproxy.server,
    args: [
      ...["-host", host, "-port", String(port)],
      ...(metrics ? ["-proxy-metrics", "-runtime-metrics"] : []),
    ],
    env: { LOG_LEVEL: "warn" },
    prepare: async () => {},
    ready: async () => (await new Toxiproxy(`${host}:${port}`).version()) !== "",
    readyWithin: "10s",
    stopSignal: "SIGTERM",
    vital: true,
  };
}

/** Gives the server all proxies, with all damage that is wanted of them, whenever it is started. */
export function withItsProxies(spec: NodeSpec, network: Network): NodeSpec {
  return {
    ...spec,
    onEnded: async () => network.offline(),
    onSpawned: async (signal) => {
      await until(spec.ready, `${spec.name} answers`).every("20ms").unless(signal).atMost(spec.readyWithin);
      await network.populate();
    },
  };
}
