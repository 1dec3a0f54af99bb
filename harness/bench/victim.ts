import { fork } from "node:child_process";
import { once } from "node:events";
import { z } from "zod";
import { EnvironmentError } from "../util/errors.ts";
import { standInService } from "./environment.ts";

/** A bare server process, there to be killed. It is gone after disposal. */
export interface Victim extends AsyncDisposable {
  readonly pid: number;
  /** host:port. */
  readonly address: string;
}

const addressSchema = z.object({ address: z.string(), port: z.int() });

/** Starts a server process that listens on a free port. */
export async function startVictim(): Promise<Victim> {
  const child = fork(standInService, { env: { ...process.env, STT_HOST: "127.0.0.1", STT_PORT: "0" } });
  const ended = once(child, "exit");
  const message = await Promise.race([once(child, "message"), ended.then(() => undefined)]);
  if (message === undefined || child.pid === undefined) {
    throw new EnvironmentError(`a bare server process ended at once, with code ${child.exitCode}`);
  }
  const { address, port } = addressSchema.parse(message[0]);
  return {
    pid: child.pid,
    address: `${address}:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
