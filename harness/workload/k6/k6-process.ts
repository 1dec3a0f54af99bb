import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import { type K6Line, k6LineSchema } from "../../compare/k6-line.ts";
import { EnvironmentError, messageOf } from "../../util/errors.ts";
import { linesIn } from "../../util/lines.ts";
import { withDeadline } from "../../util/with-deadline.ts";

/** How k6 is started. */
export interface K6Command {
  readonly binary: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** What it says to people. */
  readonly logFile: string;
  /** Where samples go (gzipped, if it ends in `.gz`), instead of to who listens. */
  readonly output?: string;
}

/**
 * k6's exit codes that say that it ran (https://github.com/grafana/k6/blob/master/errext/exitcodes/codes.go); 105: it was asked to end.
 */
export const k6ExitCodes = { ok: 0, thresholds: 99, interrupted: 105 } as const;

const endsWithinMs = 20_000;

/**
 * A k6 under way, with its samples as they come: through a pipe, so nothing of them is on disk. It is killed when it is disposed of,
 * and when this process exits without that: one that writes to a file would not notice, and load on until the end of its profile.
 */
export class K6Process implements AsyncDisposable {
  readonly pid: number;
  /** How it ended, when all that it told has been heard. @throws what `onLine` throws. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  private constructor(child: ChildProcess, pid: number, closed: Promise<unknown>, ended: K6Process["ended"]) {
    this.#child = child;
    this.pid = pid;
    this.#closed = closed;
    this.ended = ended;
    this.ended.catch(() => {}); // it is thrown to whoever awaits it
  }

  /** @throws EnvironmentError when the program cannot be started. */
  static async start(command: K6Command, onLine: (line: K6Line) => void): Promise<K6Process> {
    const { binary, script, args, env, folder, logFile, output = "-" } = command;
    const log = openSync(logFile, "a");
    // `--address ""`: no REST server, whose port another k6 may have. Quiet: standard output is for samples alone.
    const all = ["run", "--quiet", "--address", "", "--out", `json=${output}`, ...args, script];
    const child = spawn(binary, all, { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", log] });
    closeSync(log);
    const closed = once(child, "close");
    try {
      await once(child, "spawn");
    } catch (error) {
      closed.catch(() => {});
      throw new EnvironmentError(`k6 cannot be started: ${messageOf(error)}`, {
        hint: `is ${binary} a program that runs here? faultline doctor --fix installs it`,
        cause: error,
      });
    }
    const { pid = 0, stdout } = child;
    if (stdout === null) throw new Error("k6 was started without a pipe");
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    child.once("close", () => process.off("exit", kill));
    const heard = hear(stdout.setEncoding("utf8"), logFile, onLine);
    const ended = Promise.all([closed, heard]).then(([[code, signal]]) => ({ code, signal }));
    return new K6Process(child, pid, closed, ended);
  }

  /** Asks it to end: iterations are cut off, the summary is written. */
  interrupt(): void {
    this.#child.kill("SIGINT");
  }

  /** Waits until it has ended after an interrupt. @throws EnvironmentError when it does not; it is then killed. */
  async endedInTime(): Promise<void> {
    try {
      await withDeadline(this.ended, endsWithinMs, `ending k6 (pid ${this.pid}) by SIGINT`);
    } catch (error) {
      this.#child.kill("SIGKILL");
      throw new EnvironmentError(messageOf(error), {
        hint: "it was killed; its log says what it did",
        cause: error,
      });
    }
  }

  /** When it is gone: `ended` may have thrown before, by a listener, while the program still ran. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }
}

/** Samples to `onLine`; what a script's summary prints beside them to the log. */
async function hear(
  output: AsyncIterable<string>,
  logFile: string,
  onLine: (line: K6Line) => void,
): Promise<void> {
  for await (const { text, whole } of linesIn(output)) {
    const line = parse(text);
    if (line !== undefined) onLine(line);
    else if (whole) await appendFile(logFile, `${text}\n`);
  }
}

function parse(text: string): K6Line | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return k6LineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The last lines of a log, for the end of an error: `: so it was`; nothing, when it has none. */
export async function lastLines(logFile: string, count = 5): Promise<string> {
  const text = (await readFile(logFile, "utf8").catch(() => "")).trim();
  return text === "" ? "" : `: ${text.split("\n").slice(-count).join("\n")}`;
}
