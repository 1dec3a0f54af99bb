import { createReadStream } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type HeapClasses, readHeapClasses } from "../checkers/heap-classes.ts";
import { type HeapGrowth, heapDiff } from "../checkers/heap-diff.ts";
import type { Node } from "../runtime/node.ts";
import { signal } from "../runtime/proc.ts";
import type { Duration } from "../util/duration.ts";
import { EnvironmentError, FaultlineError, messageOf } from "../util/errors.ts";
import { TimeoutError, until } from "../util/until.ts";

const notTaken = { unknown: "no heaps were taken" } as const;

/** What of a node there is more of in the end; or why nobody knows. */
export type HeapFinding = { readonly grown: readonly HeapGrowth[] } | { readonly unknown: string };

interface Heap {
  readonly pid: number;
  readonly classes: HeapClasses;
}

/** A heap; or why there is none. */
type Taken = Heap | { readonly unknown: string };

/**
 * Heaps of a run's instances by constructor, at two moments. It needs instances whose diagnostics are on; to others the signal is the
 * end. Snapshots are read and deleted at once: each is as large as the heap, and has every secret in it.
 */
export class HeapEvidence {
  readonly #nodes: readonly Pick<Node, "name" | "pid">[];
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #within: Duration;
  #first: ReadonlyMap<string, Taken> | undefined;
  #last: ReadonlyMap<string, Taken> | undefined;

  /**
   * @param folder where the nodes' diagnostics write.
   * @param within how long one may take to be written: of a heap of some hundred megabytes seconds, on a busy machine more.
   */
  constructor(
    nodes: readonly Pick<Node, "name" | "pid">[],
    folder: string,
    signal: AbortSignal,
    within: Duration = "60s",
  ) {
    this.#nodes = nodes;
    this.#folder = folder;
    this.#signal = signal;
    this.#within = within;
  }

  /**
   * Takes the heap of every node that runs, one after the other, since each stands still meanwhile. The first time is what later
   * times are compared to. A heap that cannot be had is no reason to give up a run: its verdict does not hang on it.
   * @throws the signal's reason when it aborts.
   */
  async take(): Promise<void> {
    const taken = new Map<string, Taken>();
    for (const { name, pid } of this.#nodes) taken.set(name, await this.#taken(name, pid));
    if (this.#first === undefined) this.#first = taken;
    else this.#last = taken;
  }

  /** What each node has more of than at first. */
  findings(): ReadonlyMap<string, HeapFinding> {
    return new Map(this.#nodes.map(({ name }) => [name, this.#finding(name)]));
  }

  #finding(name: string): HeapFinding {
    const [first, last] = [this.#first?.get(name) ?? notTaken, this.#last?.get(name) ?? notTaken];
    if ("unknown" in first) return first;
    if ("unknown" in last) return last;
    if (first.pid !== last.pid) return { unknown: "it was restarted in between" };
    return { grown: heapDiff(first.classes, last.classes) };
  }

  async #taken(name: string, pid: number | undefined): Promise<Taken> {
    if (pid === undefined) return { unknown: "it did not run when heaps were taken" };
    // A snapshot that came too late for the first time is not to be taken for that of the second.
    const before = this.#first?.get(name);
    if (before !== undefined && "unknown" in before) return before;
    try {
      return { pid, classes: await this.#heapOf(name, pid) };
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof TimeoutError || error instanceof FaultlineError)
        return { unknown: messageOf(error) };
      throw error;
    }
  }

  async #heapOf(name: string, pid: number): Promise<HeapClasses> {
    const written = async () =>
      (await readdir(this.#folder)).find(
        (file) => file.startsWith(`${name}-${pid}-`) && file.endsWith(".heapsnapshot"),
      );
    if (!signal(pid, "SIGUSR2")) throw new EnvironmentError(`${name} ended when its heap was to be taken`);
    const file = await until(written, `${name} has written a heap snapshot (its log says why it could not)`)
      .every("100ms")
      .unless(this.#signal)
      .atMost(this.#within);
    const path = join(this.#folder, file);
    try {
      return await readHeapClasses(createReadStream(path));
    } finally {
      await rm(path, { force: true });
    }
  }
}

/** The findings as sentences, the first few constructors of each node. */
export function heapReasons(findings: ReadonlyMap<string, HeapFinding>, most = 5): string[] {
  return [...findings].map(([name, finding]) => {
    if ("unknown" in finding) return `heap of ${name}: ${finding.unknown}`;
    const grown = finding.grown
      .slice(0, most)
      .map(
        ({ name, count, bytes }) =>
          `${count > 0 ? count : "larger"} ${name} (${Math.ceil(bytes / 1024)} KiB)`,
      );
    return `heap of ${name}, more than at first: ${grown.join(", ") || "nothing"}`;
  });
}
