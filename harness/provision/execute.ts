import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Ids } from "./platform.ts";

export interface ExecuteOptions {
  /** Working directory; "/" by default, which every user may enter. */
  cwd?: string;
  /** Variables added to this process's own. */
  env?: Record<string, string>;
  /** Runs the command as another user (only root may). */
  ids?: Ids | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds after which the command is killed. */
  timeoutMs?: number;
}

/** A command could not be started, was killed, or ended with another code than 0. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** The end of what it wrote to standard output and standard error. */
  readonly output: string;
  constructor(message: string, output: string, cause?: unknown) {
    super(output === "" ? message : `${message}\n${output}`, { cause });
    this.output = output;
  }
}

const TAIL = 2_000;

/**
 * Runs a command to its end, without a shell, and returns what it wrote. The command and its children are one
 * process group, which is killed when the signal aborts or the time is over.
 * @throws CommandError with the end of its output; the signal's reason when it aborted.
 */
export async function execute(
  command: string,
  args: readonly string[],
  options: ExecuteOptions = {},
): Promise<{ stdout: string; stderr: string }> {
  options.signal?.throwIfAborted();
  const [file, ...rest] = diesWithParent([command, ...args]);
  const child = spawn(file ?? command, rest, {
    cwd: options.cwd ?? "/",
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    ...options.ids,
  });
  const killGroup = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // The group is gone already.
    }
  };
  let timedOut = false;
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          killGroup();
        }, options.timeoutMs);
  options.signal?.addEventListener("abort", killGroup, { once: true });

  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  try {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code === null ? `was killed by ${signal}` : `exit ${code}`));
    const end = await promise;
    options.signal?.throwIfAborted();
    if (end !== "exit 0") {
      const reason = timedOut ? `took longer than ${options.timeoutMs} ms` : end;
      throw new CommandError(`${command}: ${reason}`, `${stdout}${stderr}`.trim().slice(-TAIL));
    }
    return { stdout, stderr };
  } catch (error) {
    if (error instanceof Error && "syscall" in error) {
      throw new CommandError(`${command} could not be started: ${error.message}`, "", error);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", killGroup);
  }
}

/**
 * The absolute path of a program on PATH.
 * @returns undefined when no folder of PATH has such an executable file.
 */
export function findOnPath(program: string, path = process.env.PATH ?? ""): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, program))
    .find(isExecutableFile);
}

function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * A command line that Linux kills when this process dies, even by SIGKILL, where util-linux is installed;
 * elsewhere the command line as it is.
 */
export function diesWithParent(commandLine: readonly string[]): string[] {
  const setpriv = process.platform === "linux" ? findOnPath("setpriv") : undefined;
  return setpriv === undefined ? [...commandLine] : [setpriv, "--pdeathsig", "KILL", ...commandLine];
}
