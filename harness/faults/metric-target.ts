import { request } from "undici";
import type { Node } from "../runtime/node.ts";
import { madeBy } from "../util/call.ts";
import { messageOf } from "../util/errors.ts";
import { parseMetrics } from "../util/prometheus-text.ts";
import type { Target } from "./fault.ts";
import { nodesTarget } from "./targets.ts";

/**
 * The node of a kind whose `/metrics` show a metric above 0: `showing("stt", "stt_relay_active")` is the instance that has
 * that role. It is asked past all links. When several show it, as for a moment in a hand-over, there is no such node yet.
 * @param metric a name of the Prometheus text format; of its series the sum counts.
 */
export const showing = (kind: string, metric: string): Target =>
  nodesTarget(
    `${kind} that shows ${metric}`,
    async ({ topology }) => {
      const nodes = topology.nodes.filter((node) => node.kind === kind && node.state === "running");
      const shown = await Promise.all(nodes.map((node) => sumOf(node, metric)));
      const names = nodes.filter((_, index) => (shown[index] ?? 0) > 0).map(({ name }) => name);
      if (names.length !== 1) throw new Error(`${names.length} ${kind} show ${metric}: ${names.join(", ")}`);
      return names;
    },
    madeBy("showing", kind, metric),
  );

/** @throws Error when the node does not answer. */
async function sumOf({ name, address }: Node, metric: string): Promise<number> {
  try {
    const { body } = await request(`http://${address}/metrics`, { signal: AbortSignal.timeout(2_000) });
    const series = parseMetrics(await body.text()).filter((line) => line.name === metric);
    return series.reduce((sum, { value }) => sum + value, 0);
  } catch (error) {
    throw new Error(`${name} does not show its metrics: ${messageOf(error)}`, { cause: error });
  }
}
