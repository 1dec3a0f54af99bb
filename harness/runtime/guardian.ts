import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { identify } from "./proc.ts";

const guardianMain = fileURLToPath(new URL("./guardian-main.ts", import.meta.url));

/**
 * Starts the guardian of a run, before the run claims its slot: a process of its own session that outlives the runner. It holds the reading end of a
 * pipe whose only writer is the runner; when the runner dies, however it dies, the kernel closes the pipe and the
 * guardian cleans up. A guardian that dies is started anew for as long as the runner lives.
 */
export class Guardian implements AsyncDisposable {
  readonly #runId: string;
  #process: ReturnType<typeof spawn> | undefined;
  #released = false;

  constructor(runId: string) {
    this.#runId = runId;
    this.#start();
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  #start(): void {
    const child = spawn(process.execPath, [guardianMain, this.#runId], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.unref();
    child.stdin?.on("error", () => {}); // the guardian died: the exit handler sees to it
    child.on("exit", () => {
      if (!this.#released && this.#process === child) this.#start();
    });
    this.#process = child;
  }

  /** Ends the guardian without a clean-up: the runner has cleaned up itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#released = true;
    const child = this.#process;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null || !identify(child.pid)) return;
    const exit = once(child, "exit");
    child.ref();
    child.stdin?.end("released\n");
    await exit;
  }
}
