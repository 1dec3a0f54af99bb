import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import v8 from "node:v8";
import vm from "node:vm";
import type { Logger } from "./logger.ts";
import { type Metrics, watchHeap } from "./metrics.ts";

/** Collecting everything stops the process for some ten milliseconds; at this rate nobody notices. */
const collectEveryMs = 10_000;

export interface DiagnosticsOptions {
  /** Where snapshots go. */
  readonly folder: string;
  readonly instance: string;
}

/**
 * What helps to find a leak, and costs too much to be on always: how much of the heap is left after a full garbage collection, as a
 * metric; and a heap snapshot on SIGUSR2, into `<folder>/<instance>-<pid>-<n>.heapsnapshot`, n from 1. A file of that name is whole. A
 * snapshot stops the process for seconds and needs as much memory again; it holds everything that is in memory, tokens included.
 */
export function startDiagnostics(
  { folder, instance }: DiagnosticsOptions,
  metrics: Metrics,
  logger: Logger,
): Disposable {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const heap = watchHeap(metrics);
  const collectGarbage = garbageCollector();
  const collect = () => {
    collectGarbage();
    heap.set(process.memoryUsage().heapUsed);
  };
  let snapshots = 0;
  const snapshot = () => {
    const path = join(folder, `${instance}-${process.pid}-${++snapshots}.heapsnapshot`);
    try {
      renameSync(v8.writeHeapSnapshot(`${path}.part`), path);
      logger.info({ path }, "wrote a heap snapshot");
    } catch (error) {
      logger.error({ err: error, path }, "could not write a heap snapshot");
      rmSync(`${path}.part`, { force: true }); // it has secrets, and perhaps the rest of the disk
    }
  };
  collect();
  const timer = setInterval(collect, collectEveryMs).unref();
  process.on("SIGUSR2", snapshot);
  logger.warn({ folder }, "diagnostics are on: full garbage collections, and heap snapshots on SIGUSR2");
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      process.off("SIGUSR2", snapshot);
    },
  };
}

/** `gc` of V8, without which a process has to be started with --expose-gc; contexts made after the flag have it. */
function garbageCollector(): () => void {
  v8.setFlagsFromString("--expose-gc");
  try {
    return vm.runInNewContext("gc");
  } finally {
    v8.setFlagsFromString("--no-expose-gc");
  }
}
