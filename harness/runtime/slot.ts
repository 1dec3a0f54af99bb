import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { EnvironmentError } from "../util/errors.ts";
import { Ledger, readLedger } from "./ledger.ts";
import { identify, isAlive, listeningLoopbackNetworks, type ProcessIdentity } from "./proc.ts";

/**
 * A slot is a run's claim on the addresses 127.SLOT.0.0/16, and the folder of its ledger. A slot is claimed by
 * renaming a finished folder, ledger inside, onto its number: that is atomic, so that two runs on one machine never
 * share an address and no claimed slot is ever without an owner.
 */
export interface Slot {
  readonly number: number;
  readonly folder: string;
}

/** Who claimed a slot. */
export interface SlotOwner {
  /** The run's id. */
  readonly id: string;
  readonly runner: ProcessIdentity;
  readonly alive: boolean;
  /** What the runner was doing: `run leader-crash`. */
  readonly command: string;
}

const firstSlot = 20;
const lastSlot = 119;

/** Where slots live: `$FAULTLINE_STATE`, else `$XDG_STATE_HOME/faultline`, else `~/.local/state/faultline`. */
export function stateFolder(): string {
  const { FAULTLINE_STATE, XDG_STATE_HOME } = process.env;
  return FAULTLINE_STATE ?? join(XDG_STATE_HOME ?? join(homedir(), ".local", "state"), "faultline");
}

/** The path of a slot's ledger. */
export const ledgerPath = (slot: Slot): string => join(slot.folder, "ledger.ndjson");

const slotsFolder = () => join(stateFolder(), "slots");

const slotOf = (number: number): Slot => ({ number, folder: join(slotsFolder(), String(number)) });

/**
 * Claims the first free slot for the run `id` of this process. The folders are this user's; runs of other users are
 * known by their listening sockets.
 * @throws EnvironmentError when none is free, or this machine has no /proc.
 */
export function claimSlot(id: string, command: string): Slot {
  mkdirSync(slotsFolder(), { recursive: true });
  const draft = draftOf(id);
  mkdirSync(draft);
  using ledger = new Ledger(join(draft, "ledger.ndjson"));
  ledger.write({ type: "run", id, command, ...ownIdentity() });
  const busy = listeningLoopbackNetworks();
  for (let number = firstSlot; number <= lastSlot; number++) {
    if (busy.has(number)) continue;
    const slot = slotOf(number);
    try {
      renameSync(draft, slot.folder);
      return slot;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
    }
  }
  rmSync(draft, { recursive: true });
  throw new EnvironmentError(`all ${lastSlot - firstSlot + 1} address slots are taken by other runs`, {
    hint: "faultline status shows them; faultline heal cleans up after runs whose runner is gone",
  });
}

/** Where this process makes a claim ready, or takes one apart. */
const draftOf = (id: string): string => join(stateFolder(), `claim-${process.pid}-${encodeURIComponent(id)}`);

/** Removes what a runner leaves that dies while it claims a slot. */
export function removeDraft(id: string): void {
  removeDrafts((_, draftId) => draftId === encodeURIComponent(id));
}

/** Removes what any process left that died while it claimed a slot or gave one back. */
export function removeStaleDrafts(): void {
  removeDrafts((pid) => !identify(pid));
}

function removeDrafts(which: (pid: number, id: string) => boolean): void {
  for (const name of existsSync(stateFolder()) ? readdirSync(stateFolder()) : []) {
    const [, pid, id = ""] = /^claim-(\d+)-(.*)$/.exec(name) ?? [];
    if (pid !== undefined && which(Number(pid), id))
      rmSync(join(stateFolder(), name), { recursive: true, force: true });
  }
}

/** Gives a slot back, if it still belongs to the run. */
export function releaseSlot(slot: Slot, runId: string): void {
  if (slotOwner(slot)?.id !== runId) return;
  try {
    renameSync(slot.folder, draftOf(runId)); // in one step: half a folder would keep the slot taken for ever
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error; // somebody else was faster
  }
  removeDraft(runId);
}

/** All claimed slots, by number. */
export function claimedSlots(): Slot[] {
  if (!existsSync(slotsFolder())) return [];
  return readdirSync(slotsFolder())
    .map(Number)
    .sort((a, b) => a - b)
    .map(slotOf);
}

/** Who owns a slot; undefined when it is free. */
export function slotOwner(slot: Slot): SlotOwner | undefined {
  if (!existsSync(ledgerPath(slot))) return undefined;
  const run = readLedger(ledgerPath(slot)).find((entry) => entry.type === "run");
  if (!run) return undefined;
  const runner = { pid: run.pid, startTicks: run.startTicks };
  return { id: run.id, runner, alive: isAlive(runner), command: run.command };
}

/** This process's identity. */
function ownIdentity(): ProcessIdentity {
  const identity = existsSync("/proc/self/stat") ? identify(process.pid) : undefined;
  if (!identity) {
    throw new EnvironmentError("this machine has no /proc: the process runtime needs Linux", {
      hint: "run it on Linux (a container or virtual machine will do)",
    });
  }
  return identity;
}
