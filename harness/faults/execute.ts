import type { FaultRecord } from "../report/record.ts";
import type { Ledger } from "../runtime/ledger.ts";
import type { RunningTopology } from "../topology/topology.ts";
import type { Clock } from "../util/clock.ts";
import { messageOf } from "../util/errors.ts";
import { until } from "../util/until.ts";
import { withDeadline } from "../util/with-deadline.ts";
import type { Escalation, FaultContext, Resolved } from "./fault.ts";
import type { ScheduledFault } from "./schedule.ts";
import { struckBy } from "./struck.ts";

/** What executing a fault needs of the run. */
export interface Execution {
  readonly topology: RunningTopology;
  /** Numbers in [0, 1) of the run's seed. */
  readonly random: () => number;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Nanoseconds on the run's axis. */
  readonly now: () => number;
  /** Aborting it heals at once. */
  readonly signal: AbortSignal;
  /** Told of every step; the record grows from call to call. */
  readonly onProgress: (record: FaultRecord) => void;
}

/**
 * How long a fault may take to find its target (in an election there is no leader), to strike, to show its effect, to
 * be healed by one way, and to be proven healed after it.
 */
const limits = {
  resolve: "10s",
  inject: "60s",
  prove: "10s",
  heal: "60s",
  proveHealed: "90s",
  proveHealedAtEnd: "5s",
} as const;

/**
 * Executes one fault: resolves its target, writes it ahead to the ledger, injects, proves the effect, waits, heals
 * and proves the heal. It always heals, also when the proof failed or the run is being ended. Never throws for what
 * the fault itself did or did not do: that is in the record (`error`).
 */
export async function executeFault(
  id: string,
  { fault, forMs }: Pick<ScheduledFault, "fault" | "forMs">,
  run: Execution,
): Promise<FaultRecord> {
  let record = newFaultRecord(id, fault);
  const note = (changes: Partial<FaultRecord>) => {
    record = { ...record, ...changes };
    run.onProgress(record);
  };

  let resolved: Resolved;
  try {
    const { description } = fault.target;
    const resolving = () => fault.target.resolve(run);
    resolved = await until(resolving, `${description} is known`, run.clock)
      .every("100ms")
      .unless(run.signal)
      .atMost(limits.resolve);
  } catch (error) {
    note({ error: `the target could not be resolved: ${messageOf(error)}` });
    return record;
  }
  const { nodes, links } = resolved;
  const context: FaultContext = { id, topology: run.topology, nodes, links, signal: run.signal };
  run.ledger.write({
    type: "fault",
    id,
    fault: fault.kind,
    target: fault.target.description,
    nodes: [...nodes],
  });
  const injectedAt = run.now();
  note({ nodes, links: links.map(({ from, to }) => `${from} -> ${to}`), injectedAt });
  try {
    await withDeadline(fault.inject(context), fault.injectWithin ?? limits.inject, `injecting ${fault.kind}`);
    const proof = await until(() => fault.probe(context), `the effect of ${fault.kind} is seen`, run.clock)
      .every("20ms")
      .unless(run.signal)
      .atMost(fault.proveWithin ?? limits.prove);
    note({ provenAt: run.now(), proof });
    const leftMs = forMs - (run.now() - injectedAt) / 1e6;
    await run.clock.sleep(Math.max(0, leftMs), run.signal);
  } catch (error) {
    if (!run.signal.aborted) note({ error: `not proven: ${messageOf(error)}` });
  }
  await heal(fault, context, run, note);
  if (record.healProvenAt !== undefined) run.ledger.write({ type: "healed", id });
  return record;
}

/** The record of a fault that has not struck yet. */
export const newFaultRecord = (id: string, { kind, target }: ScheduledFault["fault"]): FaultRecord => ({
  id,
  fault: kind,
  target: target.description,
  nodes: [],
  links: [],
  escalations: [],
});

const restartNodes: Escalation = {
  name: "restart the nodes",
  run: async ({ topology, nodes }) => {
    for (const name of nodes) {
      const node = topology.node(name);
      if (struckBy(node).length > 0) continue; // another fault keeps it as it is
      await node.kill();
      await node.start();
    }
  },
};

/**
 * Heals, and proves it. Where a way fails, hangs or does not lead to the proof, the next stronger one follows; each step
 * beyond the first is told. Of a run that is being ended only the first is tried, and for a moment: the tear-down ends
 * the nodes with all that was done to them.
 */
async function heal(
  fault: ScheduledFault["fault"],
  context: FaultContext,
  run: Execution,
  note: (changes: Partial<FaultRecord>) => void,
): Promise<void> {
  const ways = [{ name: "heal", run: fault.heal.bind(fault) }, ...(fault.escalations ?? [restartNodes])];
  const escalations: string[] = [];
  let failure = "";
  note({ healingAt: run.now() });
  for (const [index, way] of ways.entries()) {
    if (index > 0) {
      if (run.signal.aborted) break;
      escalations.push(`${failure}; ${way.name}`);
      note({ escalations: [...escalations] });
    }
    try {
      await withDeadline(way.run(context), limits.heal, way.name);
    } catch (error) {
      failure = `${way.name} failed (${messageOf(error)})`;
      continue;
    }
    note({ healedAt: run.now() });
    try {
      const proving = until(() => fault.probeHealed(context), `${fault.kind} is healed`, run.clock).every(
        "100ms",
      );
      const healProof = await (run.signal.aborted
        ? proving.atMost(limits.proveHealedAtEnd)
        : proving.unless(run.signal).atMost(limits.proveHealed));
      note({ healProvenAt: run.now(), healProof });
      return;
    } catch (error) {
      failure = `not proven healed (${messageOf(error)})`;
    }
  }
  note({ error: failure });
}
