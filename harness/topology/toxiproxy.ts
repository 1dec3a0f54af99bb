import type { AddressPlan } from "../network/addresses.ts";
import { Toxiproxy } from "../network/toxiproxy.ts";
import type { Installed } from "../provision/provision.ts";
import type { NodeSpec } from "../runtime/node.ts";

const port = 18474;

/** The server of all proxies of a topology. It has no state of its own: the proxies are made after its start. */
export function toxiproxyNode(plan: AddressPlan, toxiproxy: Installed["toxiproxy"]): NodeSpec {
  const host = plan.real("toxiproxy");
  return {
    name: "toxiproxy",
    kind: "toxiproxy",
    address: `${host}:${port}`,
    command: toxiproxy.server,
    args: ["-host", host, "-port", String(port)],
    env: { LOG_LEVEL: "warn" },
    prepare: async () => {},
    ready: async () => (await new Toxiproxy(`${host}:${port}`).version()) !== "",
    readyWithin: "10s",
    stopSignal: "SIGTERM",
  };
}
