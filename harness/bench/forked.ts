import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { EnvironmentError } from "../util/errors.ts";

/**
 * A process of this machine's own Node that talks with its parent over a channel. Its standard error is ours, its
 * output is nobody's. It is gone after disposal.
 */
export class Forked implements AsyncDisposable {
  readonly pid: number;
  readonly #entry: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** @param env on top of ours. @throws EnvironmentError when it cannot be started. */
  constructor(entry: string, env: Readonly<Record<string, string>> = {}) {
    this.#entry = entry;
    this.#child = fork(entry, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#ended = once(this.#child, "exit");
    if (this.#child.pid === undefined) throw new EnvironmentError(`${entry} could not be started`);
    this.pid = this.#child.pid;
  }

  /**
   * What it says next.
   * @throws EnvironmentError when it ends instead; an AbortError when the signal aborts.
   */
  async hear(signal: AbortSignal): Promise<unknown> {
    const heard = once(this.#child, "message", { signal });
    const message = await Promise.race([heard, this.#ended.then(() => undefined)]);
    if (message === undefined) {
      const { exitCode, signalCode } = this.#child;
      throw new EnvironmentError(
        `${this.#entry} ended instead of an answer: ${signalCode ?? `exit code ${exitCode}`}`,
      );
    }
    return message[0];
  }

  /** Says something, and hears the answer. @throws as {@link hear}. */
  ask(message: string, signal: AbortSignal): Promise<unknown> {
    const answer = this.hear(signal);
    this.#child.send(message);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
