import { z } from "zod";
import { usageOf } from "../runtime/proc.ts";
import { EnvironmentError } from "../util/errors.ts";
import { Forked } from "./forked.ts";

const addressSchema = z.object({ address: z.string(), port: z.int() });

/** A server in a process of its own: to be killed, or to be compared with. It is gone after disposal. */
export class ServerProcess implements AsyncDisposable {
  /** host:port. */
  readonly address: string;
  readonly #process: Forked;

  private constructor(process: Forked, address: string) {
    this.#process = process;
    this.address = address;
  }

  /**
   * Starts it on a free port.
   * @param entry a program that listens at STT_HOST:STT_PORT and then tells its address to its parent.
   * @param env what else it is told.
   * @throws EnvironmentError when it ends at once.
   */
  static async start(
    entry: string,
    signal: AbortSignal,
    env: Readonly<Record<string, string>> = {},
  ): Promise<ServerProcess> {
    const process = new Forked(entry, { ...env, STT_HOST: "127.0.0.1", STT_PORT: "0" });
    try {
      const { address, port } = addressSchema.parse(await process.hear(signal));
      return new ServerProcess(process, `${address}:${port}`);
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** @throws EnvironmentError when it does not run any more. */
  residentBytes(): number {
    const usage = usageOf(this.pid);
    if (!usage) throw new EnvironmentError(`the server at ${this.address} ended while it was measured`);
    return usage.rssBytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
