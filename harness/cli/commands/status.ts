import { Command } from "commander";
import pc from "picocolors";
import { latestRun, openFaults, readLedger, traitsOf } from "../../runtime/ledger.ts";
import { isAlive, processesOfRun, usageOf } from "../../runtime/proc.ts";
import { claimedSlots, ledgerPath, type Slot, slotOwner } from "../../runtime/slot.ts";
import { table } from "../table.ts";

/** `faultline status` */
export function statusCommand(): Command {
  return new Command("status")
    .description("show what runs on this machine, and what was left behind")
    .option("--json", "as JSON")
    .action((options: { json?: boolean }) => {
      const runs = claimedSlots().flatMap(statusOf);
      if (options.json) return console.log(JSON.stringify(runs, null, 2));
      if (runs.length === 0) return console.log("nothing runs");
      for (const run of runs) printStatus(run);
    });
}

interface RunStatus {
  readonly run: string;
  readonly command: string;
  readonly addresses: string;
  readonly runnerPid: number;
  readonly runnerAlive: boolean;
  readonly processes: number;
  readonly nodes: readonly { name: string; pid: number; memoryMiB: number }[];
  readonly openFaults: readonly string[];
}

function statusOf(slot: Slot): RunStatus[] {
  const owner = slotOwner(slot);
  if (!owner) return [];
  const entries = readLedger(ledgerPath(slot));
  const lent = latestRun(entries);
  const nodes = entries
    .filter((entry) => entry.type === "started")
    .filter(isAlive)
    .map(({ node, pid }) => ({
      name: node,
      pid,
      memoryMiB: Math.round((usageOf(pid)?.rssBytes ?? 0) / 2 ** 20),
    }));
  return [
    {
      run: lent?.run ?? owner.id,
      command: lent?.command ?? owner.command,
      addresses: `127.${slot.number}.0.0/16`,
      runnerPid: owner.runner.pid,
      runnerAlive: owner.alive,
      processes: processesOfRun(traitsOf(entries)).length,
      nodes,
      openFaults: openFaults(entries),
    },
  ];
}

function printStatus(run: RunStatus): void {
  const runner = run.runnerAlive
    ? `runner ${run.runnerPid}`
    : pc.red("its runner is gone: faultline heal cleans up");
  console.log(`${pc.bold(run.run)}  ${run.command}  ${run.addresses}  ${runner}`);
  if (run.openFaults.length > 0) console.log(`  faults not healed: ${run.openFaults.join(", ")}`);
  console.log(
    table(run.nodes.map(({ name, pid, memoryMiB }) => [`  ${name}`, `pid ${pid}`, `${memoryMiB} MiB`])),
  );
}
