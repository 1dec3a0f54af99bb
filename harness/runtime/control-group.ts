import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type ControlGroupParent,
  type Controller,
  controlGroupParent,
} from "../provision/capabilities/control-groups.ts";
import { EnvironmentError, messageOf } from "../util/errors.ts";
import { until } from "../util/until.ts";
import type { Ledger } from "./ledger.ts";

/** Whose group it is, and what its processes are. */
export interface GroupOwner {
  readonly runId: string;
  readonly node: string;
  readonly ledger: Ledger;
  /** Pids of the node's process and all it started, now. */
  readonly processes: () => readonly number[];
}

/**
 * A Linux control group that bounds what one node uses of the processor or of memory. It is made when the first
 * limit is wanted (or, kept, when the node starts), and is gone when none is. While several faults want a limit, the
 * lowest holds. A node that is started again comes into it.
 */
export abstract class ControlGroup {
  readonly #controller: Controller;
  readonly #owner: GroupOwner;
  readonly #wanted = new Map<string, number>();
  #made: (ControlGroupParent & { readonly folder: string }) | undefined;
  #kept = false;

  constructor(controller: Controller, owner: GroupOwner) {
    this.#controller = controller;
    this.#owner = owner;
  }

  /** Writes the limit into the group's files, by {@link set}; `undefined` is no limit. */
  protected abstract apply(version: 1 | 2, limit: number | undefined): void;

  /** Makes the group without a limit, and keeps it: what the node uses is counted from its start. */
  keep(): void {
    this.#kept = true;
    this.#make();
  }

  /**
   * Limits the node until {@link lift}.
   * @param id the fault's.
   * @throws EnvironmentError where this machine does not let us.
   */
  limit(id: string, limit: number): void {
    this.#make();
    this.#wanted.set(id, limit);
    this.#applyLowest();
  }

  /** Takes a fault's limit away. Nothing to take away is no error. */
  async lift(id: string): Promise<void> {
    if (!this.#wanted.delete(id)) return;
    this.#applyLowest();
    if (this.#wanted.size === 0 && !this.#kept) await this.#remove();
  }

  /** The lowest limit that a fault wants; undefined when none wants any. */
  get wanted(): number | undefined {
    return this.#wanted.size === 0 ? undefined : Math.min(...this.#wanted.values());
  }

  /** The limit that the kernel knows of; undefined when there is none. */
  abstract get inForce(): number | undefined;

  /** Takes a process in that was just started. */
  admit(pid: number): void {
    if (this.#made) moveInto(this.#made.folder, [pid]);
  }

  /** 1 or 2, by the control groups of this machine; undefined while there is no group. */
  protected get version(): 1 | 2 | undefined {
    return this.#made?.version;
  }

  /** What a file of the group holds; empty when there is no such file. */
  protected get(file: string): string {
    const path = this.#made && join(this.#made.folder, file);
    return path !== undefined && existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Writes a file of the group, where this kernel has it. */
  protected set(file: string, text: string): void {
    const path = this.#made && join(this.#made.folder, file);
    if (path !== undefined && existsSync(path)) writeFileSync(path, text);
  }

  #make(): void {
    if (this.#made) return;
    const parent = controlGroupParent(this.#controller);
    if (!parent) {
      throw new EnvironmentError(`no control group of this process controls ${this.#controller}`, {
        hint: "faultline doctor shows what this machine can do",
      });
    }
    const { runId, node, ledger } = this.#owner;
    const name = `faultline-${runId}-${node}-${this.#controller}`.replaceAll(/[^\w.-]/g, "_");
    const folder = join(parent.path, name);
    ledger.write({ type: "group", path: folder });
    try {
      mkdirSync(folder);
    } catch (error) {
      throw new EnvironmentError(`${node}: no control group can be made: ${messageOf(error)}`, {
        hint: "run it as root, where /sys/fs/cgroup can be written to",
        cause: error,
      });
    }
    this.#made = { ...parent, folder };
    this.apply(parent.version, undefined);
    moveInto(folder, this.#owner.processes());
  }

  #applyLowest(): void {
    if (this.#made) this.apply(this.#made.version, this.wanted);
  }

  async #remove(): Promise<void> {
    if (!this.#made) return;
    const { folder, home } = this.#made;
    const emptied = () => {
      moveInto(home, pidsIn(folder)); // again, for what they started meanwhile
      removeGroup(folder);
      return true;
    };
    await until(emptied, `the control group ${folder} is removed`).every("10ms").atMost("5s");
    this.#made = undefined;
  }
}

/** Moves processes with all their threads. One that has ended meanwhile is no error. */
function moveInto(folder: string, pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      writeFileSync(join(folder, "cgroup.procs"), String(pid));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

function pidsIn(folder: string): number[] {
  return readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
}

/**
 * Removes a group without processes; one that is gone is no error.
 * @throws Error (EBUSY) while it has processes, or the kernel still buries them.
 */
export function removeGroup(folder: string): void {
  if (existsSync(folder)) rmdirSync(folder);
}
