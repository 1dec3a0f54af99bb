import type { FaultRecord } from "../report/record.ts";
import type { Ledger } from "../runtime/ledger.ts";
import type { RunningTopology } from "../topology/topology.ts";
import type { Clock } from "../util/clock.ts";
import { messageOf } from "../util/errors.ts";
import { until } from "../util/until.ts";
import type { FaultContext, Resolved } from "./fault.ts";
import type { ScheduledFault } from "./schedule.ts";

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

/** How long a fault may take to show its effect, to be healed (a try), and to be proven healed. */
const limits = { prove: "10s", heal: 60_000, proveHealed: "90s" } as const;

/**
 * Executes one fault: resolves its target, writes it ahead to the ledger, injects, proves the effect, waits, heals
 * and proves the heal. It always heals, also when the proof failed or the run is being ended. Never throws for what
 * the fault itself did or did not do: that is in the record (`error`).
 */
export async function executeFault(
  id: string,
  scheduled: ScheduledFault,
  run: Execution,
): Promise<FaultRecord> {
  const { fault, forMs } = scheduled;
  let record: FaultRecord = {
    id,
    fault: fault.kind,
    target: fault.target.description,
    nodes: [],
    links: [],
    escalations: [],
  };
  const note = (changes: Partial<FaultRecord>) => {
    record = { ...record, ...changes };
    run.onProgress(record);
  };

  let resolved: Resolved;
  try {
    resolved = await fault.target.resolve(run);
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
    await fault.inject(context);
    const proof = await until(() => fault.probe(context), `the effect of ${fault.kind} is seen`)
      .every("20ms")
      .unless(run.signal)
      .atMost(limits.prove);
    note({ provenAt: run.now(), proof });
    const leftMs = forMs - (run.now() - injectedAt) / 1e6;
    await run.clock.sleep(Math.max(0, leftMs), run.signal);
  } catch (error) {
    if (!run.signal.aborted) note({ error: `not proven: ${messageOf(error)}` });
  }
  await heal(scheduled, context, run, note);
  if (record.healProvenAt !== undefined) run.ledger.write({ type: "healed", id });
  return record;
}

/** Heals within a deadline; where that fails, restarts the nodes; then proves it. Each step beyond the first is told. */
async function heal(
  { fault }: ScheduledFault,
  context: FaultContext,
  run: Execution,
  note: (changes: Partial<FaultRecord>) => void,
): Promise<void> {
  const escalations: string[] = [];
  try {
    await withDeadline(fault.heal(context), limits.heal, `healing ${fault.kind}`);
  } catch (error) {
    escalations.push(`heal failed (${messageOf(error)}); restarting ${context.nodes.join(", ")}`);
    note({ escalations: [...escalations] });
    await restart(context).catch((failure) => escalations.push(`restart failed: ${messageOf(failure)}`));
    note({ escalations: [...escalations] });
  }
  note({ healedAt: run.now() });
  try {
    const healProof = await until(() => fault.probeHealed(context), `${fault.kind} is healed`)
      .every("100ms")
      .atMost(limits.proveHealed);
    note({ healProvenAt: run.now(), healProof });
  } catch (error) {
    note({ error: `not proven healed: ${messageOf(error)}` });
  }
}

async function restart({ topology, nodes }: FaultContext): Promise<void> {
  for (const name of nodes) {
    await topology.node(name).kill();
    await topology.node(name).start();
  }
}

async function withDeadline(work: Promise<void>, ms: number, what: string): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms / 1000} s`)), ms);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
