import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { formatDuration } from "../util/duration.ts";
import { FaultlineError } from "../util/errors.ts";
import type { CheckedFile } from "./check-file.ts";
import type { Rechecked } from "./recheck.ts";

/** What the check may spend: time in ms, and heap and buffers in bytes. */
export interface CheckBudget {
  readonly time: number;
  readonly memoryBytes: number;
}

export interface FileRequest {
  readonly kind: "file";
  readonly path: string;
  /** As the registry knows it. */
  readonly checker: string;
  readonly model?: string;
}

export interface RunRequest {
  readonly kind: "run";
  readonly folder: string;
}

export type CheckRequest = (FileRequest | RunRequest) & { readonly budget: CheckBudget };

export interface CheckReply {
  readonly file?: CheckedFile;
  readonly run?: Rechecked;
  readonly error?: { readonly message: string; readonly hint?: string; readonly exitCode: number };
}

/** What there is instead of an answer when the budget was spent: in words. */
export interface Overspent {
  readonly overspent: string;
}

const main = fileURLToPath(new URL("./check-main.ts", import.meta.url));

/** A check asks its budget now and then. One that does not is ended by force, so much later. */
const graceMs = 5_000;

/**
 * Checks in a process of its own, whose heap may grow beyond the budget a little: a check that asks its budget gives up by
 * itself, and one that does not cannot take more than that, nor this process with it when it runs out of memory.
 * @throws FaultlineError from the check: a malformed history, a run that cannot be read.
 */
export async function checkApart(request: FileRequest, budget: CheckBudget): Promise<CheckedFile | Overspent>;
export async function checkApart(request: RunRequest, budget: CheckBudget): Promise<Rechecked | Overspent>;
export async function checkApart(
  request: FileRequest | RunRequest,
  budget: CheckBudget,
): Promise<CheckedFile | Rechecked | Overspent> {
  const heapMiB = Math.ceil((1.25 * budget.memoryBytes) / 1024 ** 2) + 64;
  const child = fork(main, {
    execArgv: ["--expose-gc", `--max-old-space-size=${heapMiB}`],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, budget.time + graceMs);
  try {
    const { reply, said } = await answerOf(child, { ...request, budget });
    if (reply?.error !== undefined) throw new FaultlineError(reply.error.message, reply.error);
    const answer = reply?.file ?? reply?.run;
    if (answer !== undefined) return answer;
    if (late)
      return { overspent: `spent ${formatDuration(budget.time)} and more, and did not end by itself` };
    const ended = child.signalCode ?? `exit code ${child.exitCode}`;
    if (child.signalCode === "SIGKILL" || /heap out of memory|allocation failed/i.test(said))
      return { overspent: `used more memory than it may, and was ended (${ended})` };
    throw new Error(`the check ended without an answer: ${ended}\n${said}`);
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
  }
}

/** What the process answers, if it does before it ends, and all it says on standard error. */
async function answerOf(
  child: ChildProcess,
  request: CheckRequest,
): Promise<{ reply?: CheckReply; said: string }> {
  const said = child.stderr === null ? "" : text(child.stderr);
  let reply: CheckReply | undefined;
  child.on("message", (message) => {
    reply = message as CheckReply;
  });
  const ended = once(child, "close");
  child.send(request, () => {}); // if it is gone already, its end tells
  await ended;
  return { said: await said, ...(reply === undefined ? {} : { reply }) };
}
