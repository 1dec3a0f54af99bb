import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { findOnPath } from "../provision/execute.ts";
import { processTree } from "../runtime/proc.ts";
import { EnvironmentError } from "../util/errors.ts";

/** What a program took. */
export interface Taken {
  readonly ms: number;
  /** The most that it and its children had resident, together. */
  readonly peakBytes: number;
  /** Its standard output. */
  readonly output: string;
}

/** Whether programs can be held to one core here. */
export const canPin = findOnPath("taskset") !== undefined;

const sampleEveryMs = 100;

/**
 * Runs a program of this repository by this Node, held to the first core where `taskset` is there, and measures it.
 * @throws EnvironmentError when it does not end with 0.
 */
export async function onOneCore(args: readonly string[], signal: AbortSignal): Promise<Taken> {
  const [command = "", ...rest] = [...(canPin ? ["taskset", "-c", "0"] : []), process.execPath, ...args];
  const start = performance.now();
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"], signal });
  const peaks = new Map<number, number>();
  const timer = setInterval(() => {
    for (const pid of child.pid === undefined ? [] : processTree(child.pid))
      peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peakOf(pid)));
  }, sampleEveryMs);
  try {
    const [output, said] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    const ms = performance.now() - start;
    if (child.exitCode !== 0)
      throw new EnvironmentError(`${args.join(" ")} ended with ${child.exitCode}: ${said}`);
    return { ms, peakBytes: [...peaks.values()].reduce((sum, peak) => sum + peak, 0), output };
  } finally {
    clearInterval(timer);
    child.kill("SIGKILL");
  }
}

/** The most that a process has ever had resident; 0 when it is gone. */
function peakOf(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1];
  return Number(kibibytes ?? 0) * 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the process has ended
  }
}
