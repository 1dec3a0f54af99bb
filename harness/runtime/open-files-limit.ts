import { readdirSync, readFileSync, statSync } from "node:fs";
import { execute } from "../provision/execute.ts";
import { EnvironmentError, messageOf } from "../util/errors.ts";
import { identify, type ProcessIdentity } from "./proc.ts";

/**
 * Bounds how many files and connections a node's process may have open: its soft limit, by prlimit(1). While several faults want a
 * limit, the lowest holds. A process that is started anew has no limit: with one it might never start.
 */
export class OpenFilesLimit {
  readonly #node: string;
  readonly #pid: () => number | undefined;
  readonly #wanted = new Map<string, number>();
  /** The limit the process had before, and whose it was. */
  #before: { readonly process: ProcessIdentity; readonly limit: string } | undefined;

  constructor(node: string, pid: () => number | undefined) {
    this.#node = node;
    this.#pid = pid;
  }

  /**
   * Limits the node until {@link lift}. What it has open stays open.
   * @param id the fault's.
   */
  async limit(id: string, files: number): Promise<void> {
    this.#wanted.set(id, files);
    await this.#apply();
  }

  /** Takes a fault's limit away. Nothing to take away is no error. */
  async lift(id: string): Promise<void> {
    if (this.#wanted.delete(id)) await this.#apply();
  }

  /** The numbers of its open files, ascending; undefined while it does not run. */
  open(): readonly number[] | undefined {
    const pid = this.#pid();
    if (pid === undefined) return undefined;
    return readdirSync(`/proc/${pid}/fd`)
      .map(Number)
      .sort((a, b) => a - b);
  }

  /** The lowest limit that a fault wants; undefined when none wants any. */
  get wanted(): number | undefined {
    return this.#wanted.size === 0 ? undefined : Math.min(...this.#wanted.values());
  }

  /** How many it may have open; undefined while it does not run. */
  allowed(): string | undefined {
    const pid = this.#pid();
    return pid === undefined
      ? undefined
      : /^Max open files\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))?.[1];
  }

  async #apply(): Promise<void> {
    const pid = this.#pid();
    const process = pid === undefined ? undefined : identify(pid);
    const limit = this.allowed();
    if (process === undefined || limit === undefined) return;
    if (this.#before?.process.startTicks !== process.startTicks) {
      if (this.wanted === undefined) return; // it was started anew, without a limit
      this.#before = { process, limit };
    }
    const wanted = this.wanted ?? this.#before.limit;
    try {
      // As the user whose process it is: root without CAP_SYS_RESOURCE may not touch another's.
      const { uid, gid } = statSync(`/proc/${process.pid}`);
      await execute("prlimit", ["--pid", String(process.pid), `--nofile=${wanted}:`], {
        ids: { uid, gid },
        timeoutMs: 5_000,
      });
    } catch (error) {
      throw new EnvironmentError(`${this.#node}: its open-files limit cannot be set: ${messageOf(error)}`, {
        hint: "faultline doctor shows what this machine can do",
        cause: error,
      });
    }
  }
}
