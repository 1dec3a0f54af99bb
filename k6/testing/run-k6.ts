import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { provision } from "../../harness/provision/provision.ts";

const root = join(import.meta.dirname, "../..");

export interface K6Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the provisioned k6 in the root of the repository, without the variables of this process, which could name a profile. */
export async function runK6(...args: string[]): Promise<K6Result> {
  const { k6 } = await provision(["k6"]);
  const env = { HOME: tmpdir(), K6_NO_USAGE_REPORT: "true", K6_AUTO_EXTENSION_RESOLUTION: "false" };
  const child = spawn(k6.binary, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
