import { request } from "undici";
import type { NodeSpec } from "../runtime/node.ts";

/** A program of ours that does what it is told over HTTP, and nothing by itself. */
export interface Program {
  readonly name: string;
  readonly kind: string;
  readonly host: string;
  readonly port: number;
  /** The file that Node runs. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A process for a program. It is ready when `/health/ready` says so, and keeps nothing on disk. */
export const programNode = ({ name, kind, host, port, entry, env }: Program): NodeSpec => ({
  ...{ name, kind, env },
  address: `${host}:${port}`,
  command: process.execPath,
  args: [entry],
  prepare: async () => {},
  ready: async () => {
    const response = await request(`http://${host}:${port}/health/ready`, {
      signal: AbortSignal.timeout(2_000),
    });
    await response.body.dump();
    return response.statusCode === 200;
  },
  readyWithin: "30s",
  stopSignal: "SIGTERM",
});
