import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { controlGroupParent } from "../../provision/capabilities/control-groups.ts";
import { identify, processesOfRun } from "../proc.ts";
import { claimedSlots, slotOwner, stateFolder } from "../slot.ts";
import { mountPoints } from "../small-disk.ts";

/**
 * Everything that a run has left on this machine, in words; its runner is not meant.
 * @param folder the runner's TMPDIR, of its own, in which its data lies.
 * @param pids those that were seen of the run at any time, its runner's too: what memory they share carries their number.
 */
export function leftoversOf(runId: string, folder: string, pids: ReadonlySet<number>): string[] {
  const marks = [runId, ...[...pids].map((pid) => `faultline-probe-${pid}-`)];
  const named = (path: string) =>
    (existsSync(path) ? readdirSync(path) : []).filter((name) => marks.some((mark) => name.includes(mark)));
  const groups = (["cpu", "memory"] as const).map((controller) => controlGroupParent(controller)?.path ?? "");
  return [
    ...processesOfRun({ runId, folders: [folder], known: [] }).map(({ pid }) => `process ${pid}`),
    ...guardiansOf(runId).map((pid) => `guardian ${pid}`),
    ...claimedSlots()
      .filter((slot) => slotOwner(slot)?.id === runId)
      .map(({ number }) => `slot ${number}`),
    ...named(stateFolder()).map((name) => `claim ${name}`),
    ...new Set(groups.flatMap((path) => named(path).map((name) => `control group ${join(path, name)}`))),
    ...mountPoints()
      .filter((point) => point.startsWith(folder))
      .map((point) => `mount ${point}`),
    ...readdirSync(folder).map((name) => `folder ${name}`),
    ...[...pids]
      .filter((pid) => !identify(pid) && existsSync(`/dev/shm/faketime_shm_${pid}`))
      .map((pid) => `shared memory of ${pid}`),
  ];
}

/** Pids of the guardians of a run, by their command line. */
export function guardiansOf(runId: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const [, script, id] = commandLine(pid);
      return script?.endsWith("guardian-main.ts") && id === runId;
    });
}

/** The words of a process's command line; none when it has ended. */
export function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
