import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { exitCodes, FaultlineError } from "../util/errors.ts";
import { TimeoutError, until } from "../util/until.ts";
import { removeGroup } from "./control-group.ts";
import { groupsOf, openFaults, readLedger, traitsOf } from "./ledger.ts";
import { identify, processesOfRun, type RunTraits, signal } from "./proc.ts";
import { removeClockMemory } from "./settable-clock.ts";
import { ledgerPath, releaseSlot, type Slot, slotOwner } from "./slot.ts";
import { unmountBelow } from "./small-disk.ts";

/** What {@link cleanUp} found and undid. */
export interface CleanUpResult {
  readonly runId: string;
  readonly killedProcesses: number;
  readonly openFaults: readonly string[];
}

/**
 * Ends everything a run left and gives its slot back. Idempotent, and safe against a runner that died anywhere:
 * processes are found by what is theirs alone, not only by the pids it got to write down. Faults of
 * the process runtime live in the processes of the run (a stopped node, a toxic in its proxy server), so ending
 * those heals them; what the kernel keeps beyond them (a control group, a mount, shared memory) is removed after.
 * @returns undefined when the slot was free.
 * @throws FaultlineError (exit 5) when a process survives SIGKILL.
 */
export async function cleanUp(slot: Slot): Promise<CleanUpResult | undefined> {
  const owner = slotOwner(slot);
  if (!owner) return undefined;
  const entries = readLedger(ledgerPath(slot));
  const traits = traitsOf(entries);
  const killed = await killAll(traits);
  for (const pid of [...killed, ...traits.known.map(({ pid }) => pid)])
    if (!identify(pid)) removeClockMemory(pid);
  for (const group of groupsOf(entries)) await removeEmptied(group);
  for (const folder of traits.folders) {
    removeSharedMemory(folder);
    unmountBelow(folder);
    rmSync(folder, { recursive: true, force: true });
  }
  releaseSlot(slot, owner.id);
  return { runId: owner.id, killedProcesses: killed.size, openFaults: openFaults(entries) };
}

/** The kernel lets go of a group some time after its last process has ended. */
async function removeEmptied(group: string): Promise<void> {
  await until(() => {
    removeGroup(group);
    return true;
  }, `the control group ${group} is removed`)
    .every("10ms")
    .atMost("8s");
}

/** Kills every process of the run, again and again until none is left: one may be forking while we look. */
async function killAll(traits: RunTraits): Promise<ReadonlySet<number>> {
  const killed = new Set<number>();
  const noneLeft = () => {
    const left = processesOfRun(traits);
    for (const { pid } of left) {
      killed.add(pid);
      signal(pid, "SIGKILL"); // works on a stopped process as well
    }
    return left.length === 0;
  };
  try {
    await until(noneLeft, `all processes of run ${traits.runId} are gone`).every("20ms").atMost("8s");
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    const pids = processesOfRun(traits).map(({ pid }) => pid);
    throw new FaultlineError(`processes ${pids.join(", ")} of run ${traits.runId} survive SIGKILL`, {
      exitCode: exitCodes.healFailed,
      hint: "they hang in the kernel (often on a dead disk or mount); see their state with ps -o pid,stat,wchan,cmd",
    });
  }
  return killed;
}

/**
 * A killed PostgreSQL leaves a small System V shared memory segment; its id is the second number on line 7 of
 * `postmaster.pid` (PostgreSQL source, src/include/utils/pidfile.h).
 */
function removeSharedMemory(folder: string): void {
  const pidFile = join(folder, "postgres", "data", "postmaster.pid");
  if (!existsSync(pidFile)) return;
  const id = /^\s*\d+\s+(\d+)/.exec(readFileSync(pidFile, "utf8").split("\n")[6] ?? "")?.[1];
  if (id === undefined) return;
  try {
    execFileSync("ipcrm", ["-m", id], { stdio: "ignore" });
  } catch {
    // PostgreSQL removed it itself on a clean stop, and left the file behind
  }
}
