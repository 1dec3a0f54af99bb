import { provenHealthy } from "../faults/healthy.ts";
import { struckBy } from "../faults/struck.ts";
import { type Ledger, openFaults, readLedger } from "../runtime/ledger.ts";
import type { Node } from "../runtime/node.ts";
import type { RunningTopology } from "../topology/topology.ts";
import { type Clock, systemClock } from "../util/clock.ts";
import { until } from "../util/until.ts";
import { withDeadline } from "../util/with-deadline.ts";

/** How long each part may take. All together is less than a start. */
const limits = { healthy: "3s", empty: "6s", clean: "4s" } as const;

/** It must be found clean so many times: what was still under way shows up meanwhile. */
const looks = 2;

/**
 * Makes a topology what it was when it had just started, and proves it.
 * @returns the proof, one sentence each.
 * @throws Error saying what is not as it was.
 */
export async function resetTopology(
  topology: RunningTopology,
  ledger: Pick<Ledger, "path">,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<readonly string[]> {
  const { reset, nodes } = topology;
  if (!reset) throw new Error("nobody knows how to reset it");
  assertNoDamage(nodes, ledger);
  await until(() => provenWell(topology), "all nodes do their work", clock)
    .unless(signal)
    .atMost(limits.healthy);
  await withDeadline(reset.empty(), limits.empty, "emptying it");

  let inARow = 0;
  const stayedClean = async (): Promise<readonly string[] | undefined> => {
    const found = await reset.leftovers();
    if (found.length > 0) {
      inARow = 0;
      await reset.empty();
      throw new Error(found.join("; "));
    }
    return ++inARow < looks ? undefined : provenWell(topology);
  };
  const proof = await until(stayedClean, "it is clean", clock)
    .every("200ms")
    .unless(signal)
    .atMost(limits.clean);
  assertNoDamage(nodes, ledger); // also while it was reset
  return [...proof, "no data is left of earlier runs"];
}

/** @throws Error for what no waiting will mend. */
function assertNoDamage(nodes: readonly Node[], ledger: Pick<Ledger, "path">): void {
  for (const node of nodes) {
    const { name, state, unexpectedExit } = node;
    if (unexpectedExit !== undefined)
      throw new Error(`${name} ended though nobody asked it to: it ${unexpectedExit}`);
    if (state !== "running") throw new Error(`${name} is ${state}`);
    const faults = struckBy(node);
    if (faults.length > 0) throw new Error(`${name} is still struck by ${faults.join(", ")}`);
  }
  const open = openFaults(readLedger(ledger.path));
  if (open.length > 0) throw new Error(`not healed: ${open.join(", ")}`);
}

/** @returns what proves that all nodes and links do their work. @throws Error for what does not. */
async function provenWell(topology: RunningTopology): Promise<readonly string[]> {
  const links = await topology.network.provenWhole();
  const nodes = await Promise.all(topology.nodes.map((node) => provenHealthy(topology, node)));
  return [links, ...nodes];
}
