import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { until } from "../../util/until.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

/** A run of the command line, in a process of its own as for a user. */
export class Cli {
  readonly process: ChildProcess;
  readonly #output: Promise<string>;
  #seen = "";

  /** @param wrapper a command line that runs the one behind it: `unshare --user`. */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    wrapper: readonly string[] = [],
  ) {
    const [file = "", ...rest] = [...wrapper, process.execPath, main, ...args];
    this.process = spawn(file, rest, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", ...env },
    });
    const { stdout, stderr } = this.process;
    if (!stdout || !stderr) throw new Error("no pipes");
    for (const stream of [stdout, stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.#seen += chunk.toString();
      });
    }
    this.#output = Promise.all([text(stdout), text(stderr)]).then((parts) => parts.join(""));
  }

  async says(words: string): Promise<void> {
    await until(() => this.#seen.includes(words), `the command says "${words}"`).atMost("120s");
  }

  async end(): Promise<{ code: number | null; output: string }> {
    const exit = this.process.exitCode === null ? once(this.process, "exit") : Promise.resolve();
    const [output] = await Promise.all([this.#output, exit]);
    return { code: this.process.exitCode, output };
  }
}
