import { join } from "node:path";
import { execute } from "../execute.ts";
import type { Recipe, Way } from "../install.ts";
import { manifest } from "../manifest.ts";
import { platform } from "../platform.ts";
import { unpackZipEntry } from "../unpack.ts";
import { systemProgram } from "./system.ts";

const { version, jar, acceptedOnPath } = manifest.redis;
const entries: Partial<Record<string, string>> = manifest.redis.entries;

/** Ways to come by `redis-server`, which is the sentinel as well, the preferred one first. */
export const redisWays: readonly Way[] = [
  prebuilt,
  () => systemProgram("redis", "redis-server", acceptedOnPath),
];

function prebuilt(): Recipe | undefined {
  const entry = entries[platform];
  if (entry === undefined) return undefined;
  return {
    component: "redis",
    part: "redis",
    version,
    source: "Maven",
    determinants: [jar, entry],
    bytes: 30_000_000,
    files: [jar],
    async fill(folder, { obtain, say, signal }) {
      const server = join(folder, "redis-server");
      await unpackZipEntry(await obtain(jar), entry, server, 0o755);
      say("verify", "redis-server --version");
      const { stdout } = await execute(server, ["--version"], { signal, timeoutMs: 20_000 });
      if (!stdout.includes(`v=${version} `)) throw new Error(`redis-server says it is ${stdout.trim()}`);
    },
  };
}
