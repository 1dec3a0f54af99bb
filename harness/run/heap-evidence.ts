import { createReadStream } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type HeapClasses, readHeapClasses } from "../checkers/heap-classes.ts";
import { type HeapGrowth, heapDiff } from "../checkers/heap-diff.ts";
import type { Node } from "../runtime/node.ts";
import { signal } from "../runtime/proc.ts";
import type { Duration } from "../util/duration.ts";
import { messageOf } from "../util/errors.ts";
import { until } from "../util/until.ts";

/** Of a heap of some hundred megabytes it takes seconds, on a busy machine more. */
const defaultWithin: Duration = "60s";

/** What of a node there is more of in the end; or why nobody knows. */
export type HeapFinding = { readonly grown: readonly HeapGrowth[] } | { readonly unknown: string };

interface Taken {
  readonly pid: number;
  readonly classes: HeapClasses;
}

/**
 * Heaps of a run's instances by constructor, at two moments. It needs instances whose diagnostics are on; to others the signal is the
 * end. Snapshots are read and deleted at once: each is as large as the heap, and has every secret in it.
 */
export class HeapEvidence {
  readonly #nodes: readonly Pick<Node, "name" | "pid">[];
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #writtenWithin: Duration;
  readonly #first = new Map<string, Taken>();
  readonly #last = new Map<string, Taken>();
  /** Why a node's heap could not be had, by the node's name. */
  readonly #missed = new Map<string, string>();
  #taken = 0;

  /**
   * @param folder where the nodes' diagnostics write.
   * @param writtenWithin how long a snapshot may take.
   */
  constructor(
    nodes: readonly Pick<Node, "name" | "pid">[],
    folder: string,
    signal: AbortSignal,
    writtenWithin = defaultWithin,
  ) {
    this.#writtenWithin = writtenWithin;
    this.#nodes = nodes;
    this.#folder = folder;
    this.#signal = signal;
  }

  /**
   * Takes the heap of every node that runs, one after the other, since each stands still meanwhile. The first time is what later
   * times are compared to. A heap that cannot be had (a snapshot is not written in a minute, the disk is full) is missing from the
   * findings, with the reason: it is evidence for a verdict, and hours of a run are not lost for want of it.
   * @throws the signal's reason when it aborts.
   */
  async take(): Promise<void> {
    const into = this.#taken++ === 0 ? this.#first : this.#last;
    for (const { name, pid } of this.#nodes) {
      if (pid === undefined) continue;
      try {
        into.set(name, { pid, classes: await this.#heapOf(name, pid) });
      } catch (error) {
        this.#signal.throwIfAborted();
        this.#missed.set(name, messageOf(error));
      }
    }
  }

  /** What each node has more of than at first. */
  findings(): ReadonlyMap<string, HeapFinding> {
    return new Map(this.#nodes.map(({ name }) => [name, this.#finding(name)]));
  }

  #finding(name: string): HeapFinding {
    const [first, last] = [this.#first.get(name), this.#last.get(name)];
    const missed = this.#missed.get(name);
    if (missed !== undefined) return { unknown: missed };
    if (first === undefined || last === undefined) return { unknown: "it did not run when heaps were taken" };
    if (first.pid !== last.pid) return { unknown: "it was restarted in between" };
    return { grown: heapDiff(first.classes, last.classes) };
  }

  async #heapOf(name: string, pid: number): Promise<HeapClasses> {
    const written = async () =>
      (await readdir(this.#folder)).find(
        (file) => file.startsWith(`${name}-${pid}-`) && file.endsWith(".heapsnapshot"),
      );
    signal(pid, "SIGUSR2");
    const file = await until(written, `${name} has written a heap snapshot`)
      .every("100ms")
      .unless(this.#signal)
      .atMost(this.#writtenWithin);
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
      .map(({ name, count, bytes }) => `${count} ${name} (${Math.ceil(bytes / 1024)} KiB)`);
    return `heap of ${name}, more than at first: ${grown.join(", ") || "nothing"}`;
  });
}
