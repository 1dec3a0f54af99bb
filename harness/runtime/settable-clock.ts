import { closeSync, existsSync, openSync, readSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findFaketime } from "../provision/capabilities/faketime.ts";
import { EnvironmentError } from "../util/errors.ts";

const fileName = "clock-offset";

/**
 * A node's wall clock, set by libfaketime (https://github.com/wolfcw/libfaketime): the library, loaded into the
 * process, adds what a file says to every time it asks for, and reads the file anew each second. Monotonic clocks and
 * waiting are left alone, as when a machine's clock is set. While several faults set it, their offsets add up.
 */
export class SettableClock {
  readonly #file: string;
  readonly #library: string;
  readonly #offsets = new Map<string, number>();

  private constructor(folder: string, library: string) {
    this.#file = join(folder, fileName);
    this.#library = library;
  }

  /**
   * A clock for a node that is started with {@link environment}.
   * @throws EnvironmentError where the library is absent.
   */
  static async of(kind: string, folder: string): Promise<SettableClock> {
    // PostgreSQL asks for the time in signal handlers, where a library that locks would wait for itself.
    const library = await findFaketime({ threads: kind !== "postgres" });
    if (library === undefined) {
      throw new EnvironmentError("libfaketime is not installed", { hint: "apt-get install libfaketime" });
    }
    return new SettableClock(folder, library);
  }

  /** What the node's process has to be started with. */
  environment(): Record<string, string> {
    this.#write();
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_CACHE_DURATION: "0", // read again in every second
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      // Its own judgement takes monotonic waits for faked ones with current C libraries: then they all end at once.
      FAKETIME_FORCE_MONOTONIC_FIX: "0",
      TZ: "UTC", // what it writes of its time can be read
    };
  }

  /** The milliseconds by which the node's clock is to be off. */
  get offsetMs(): number {
    return [...this.#offsets.values()].reduce((sum, offset) => sum + offset, 0);
  }

  /** Sets the clock forward, or back, until {@link restore}; the node sees it within a second. */
  shift(id: string, offsetMs: number): void {
    this.#offsets.set(id, offsetMs);
    this.#write();
  }

  /** Takes a fault's offset away. Nothing to take away is no error. */
  restore(id: string): void {
    if (this.#offsets.delete(id)) this.#write();
  }

  /** Replaced in one step, for the library may read it at any moment. */
  #write(): void {
    const offset = this.offsetMs / 1000;
    writeFileSync(`${this.#file}.new`, `${offset < 0 ? "" : "+"}${offset}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}

/**
 * Whether a program asks the C library for the time, so that another library can answer: an ELF file with an interpreter
 * (elf(5), PT_INTERP), which a static one has not. Go programs ask the kernel themselves even then.
 */
export function asksCLibrary(program: string): boolean {
  const file = openSync(program, "r");
  try {
    const head = Buffer.alloc(4_096);
    readSync(file, head);
    const text = head.toString("latin1");
    return !text.startsWith("\x7fELF") || /\/ld-[\w.-]+\.so/.test(text);
  } finally {
    closeSync(file);
  }
}

/** Removes the shared memory that libfaketime leaves of a process that was killed. */
export function removeClockMemory(pid: number): void {
  for (const file of [`/dev/shm/faketime_shm_${pid}`, `/dev/shm/sem.faketime_sem_${pid}`]) {
    if (existsSync(file)) rmSync(file, { force: true });
  }
}
