import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../provision/capabilities/examined.ts";
import { execute } from "../provision/execute.ts";
import { EnvironmentError, messageOf } from "../util/errors.ts";
import { runMarker } from "./proc.ts";

/** A file system of its own for a node's folder, in memory, which a fault can fill. */
export class SmallDisk {
  readonly folder: string;
  readonly #fillers = new Set<string>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Mounts it on a folder of the run's data that is there and empty; the clean-up of the run unmounts what it finds there.
   * @throws EnvironmentError where this machine does not let us.
   */
  static async mount(folder: string, bytes: number, runId: string): Promise<SmallDisk> {
    try {
      // With the run's marker, so that a clean-up ends it first and finds what it has mounted.
      await execute(
        findProgram("mount") ?? "mount",
        ["-t", "tmpfs", "-o", `size=${bytes},mode=755`, "faultline", folder],
        { env: { [runMarker]: runId }, timeoutMs: 10_000 },
      );
    } catch (error) {
      throw new EnvironmentError(`no file system can be mounted on ${folder}: ${messageOf(error)}`, {
        hint: "run it as root; faultline doctor shows what this machine can do",
        cause: error,
      });
    }
    return new SmallDisk(folder);
  }

  /** Fills it to the last byte until {@link free}; more each time, if the node has made room meanwhile. */
  fill(id: string): void {
    this.#fillers.add(id);
    const file = openSync(this.#filler, "a");
    try {
      for (const bytes of [1_048_576, 4_096, 1]) writeUntilFull(file, Buffer.alloc(bytes));
    } finally {
      closeSync(file);
    }
  }

  /** Makes room again, if no other fault wants it full. */
  free(id: string): void {
    this.#fillers.delete(id);
    if (this.#fillers.size === 0) rmSync(this.#filler, { force: true });
  }

  /** How many bytes can be written to it. */
  freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  get #filler(): string {
    return join(this.folder, "filler");
  }
}

/** Appends a block again and again, until there is no room for another. */
export function writeUntilFull(file: number, block: Buffer): void {
  for (;;) {
    try {
      if (writeSync(file, block) < block.length) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOSPC") return;
      throw error;
    }
  }
}

/** Unmounts every file system at or below a folder, the innermost first; one still in use is detached. */
export function unmountBelow(folder: string): void {
  for (const point of mountPoints()
    .filter((one) => one === folder || one.startsWith(`${folder}/`))
    .reverse()) {
    try {
      execFileSync("umount", [point], { stdio: "ignore" });
    } catch {
      execFileSync("umount", ["--lazy", point], { stdio: "ignore" });
    }
  }
}

/** Where file systems are mounted, in the order in which they were: proc_pid_mountinfo(5), field 5. */
export function mountPoints(): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split(" ")[4] ?? "")
    .map((path) =>
      path.replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
    );
}
