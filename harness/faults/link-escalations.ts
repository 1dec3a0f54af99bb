import type { Escalation, FaultContext } from "./fault.ts";
import { struckBy } from "./struck.ts";

/** Stronger ways to heal links, in order. Each leaves the damage of other faults in place. */
export const linkEscalations: readonly Escalation[] = [
  {
    name: "disable and enable the proxies (closes their connections)",
    run: async ({ id, topology, links }) => {
      await topology.network.repair(id).catch(() => {}); // no more wanted, whatever became of it
      await topology.network.reset(links);
      await topology.network.repair(id);
    },
  },
  {
    name: "restart the proxy server (closes the connections of all links)",
    run: async ({ id, topology }) => {
      const server = topology.node("toxiproxy");
      await server.kill();
      await topology.network.repair(id); // remembered; the server gets what is wanted when it starts
      await server.start();
    },
  },
  {
    name: "restart the nodes that the links lead to",
    run: async (context) => {
      for (const name of endsOf(context)) {
        const node = context.topology.node(name);
        if (struckBy(node).length > 0) continue; // another fault keeps it as it is
        await node.kill();
        await node.start();
      }
    },
  },
];

const endsOf = ({ links }: FaultContext): string[] => [...new Set(links.map(({ to }) => to))];
