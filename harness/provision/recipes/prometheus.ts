import { existsSync, lstatSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { findOnPath } from "../execute.ts";
import type { Recipe, Way } from "../install.ts";
import { manifest, type PinnedFile } from "../manifest.ts";
import { platform } from "../platform.ts";
import { unpackDebianEntry } from "../unpack.ts";
import { versionOf } from "./system.ts";

const { version, acceptedOnPath } = manifest.prometheus;

type Packages = Readonly<Record<"prometheus" | "redisExporter" | "postgresExporter", PinnedFile>>;

const packages: Partial<Record<string, Packages>> = manifest.prometheus.packages;

/** What Prometheus consists of; paths. */
export interface PrometheusFiles {
  readonly server: string;
  readonly promtool: string;
  /** Makes metrics of any Redis server it is asked about (`/scrape?target=`); undefined where there is none. */
  readonly redisExporter: string | undefined;
  /** Makes metrics of one PostgreSQL server; undefined where there is none. */
  readonly postgresExporter: string | undefined;
  /** Whether they are the pinned ones. Else they are what was on PATH, and of the exporters nobody knows the version. */
  readonly pinned: boolean;
}

/** Names of the exporters: ours first, which is Debian's, then those of their own projects' releases. */
const exporterNames = {
  redis: ["prometheus-redis-exporter", "redis_exporter"],
  postgres: ["prometheus-postgres-exporter", "postgres_exporter"],
} as const;

export const prometheusHint =
  "Install Prometheus 2.33 or later with promtool, and put both on PATH; the exporters of Redis and PostgreSQL, too, to have their metrics.\n" +
  "  Debian 12:  apt-get update (then it is fetched from there, and nothing is installed)\n" +
  "  Debian and Ubuntu of other versions, and where the one wanted is no longer offered: apt-get install prometheus prometheus-redis-exporter prometheus-postgres-exporter\n" +
  "  elsewhere:  https://prometheus.io/download, or brew install prometheus";

/** The files, from the component's folder. */
export function prometheusFiles(folder: string): PrometheusFiles {
  const ifThere = (name: string) => (existsSync(join(folder, name)) ? join(folder, name) : undefined);
  return {
    server: join(folder, "prometheus"),
    promtool: join(folder, "promtool"),
    redisExporter: ifThere(exporterNames.redis[0]),
    postgresExporter: ifThere(exporterNames.postgres[0]),
    pinned: !lstatSync(join(folder, "prometheus"), { throwIfNoEntry: false })?.isSymbolicLink(),
  };
}

/** What there will be no metrics of, for want of an exporter: `["Redis"]`. */
export const withoutExporter = ({ redisExporter, postgresExporter }: PrometheusFiles): string[] => [
  ...(redisExporter === undefined ? ["Redis"] : []),
  ...(postgresExporter === undefined ? ["PostgreSQL"] : []),
];

/** Ways to come by Prometheus, the preferred one first. */
export const prometheusWays: readonly Way[] = [fromDebian, fromSystem];

function fromDebian(): Recipe | undefined {
  const files = packages[platform];
  if (files === undefined || !findOnPath("apt-get") || !findOnPath("dpkg-deb")) return undefined;
  return {
    component: "prometheus",
    part: "prometheus",
    version,
    source: "Debian",
    determinants: files,
    bytes: 250_000_000,
    files: Object.values(files),
    async fill(folder, { obtain, say }) {
      const unpack = async (file: PinnedFile, ...names: readonly string[]) => {
        const archive = await obtain(file);
        for (const name of names) await unpackDebianEntry(archive, `usr/bin/${name}`, join(folder, name));
      };
      await unpack(files.prometheus, "prometheus", "promtool");
      await unpack(files.redisExporter, exporterNames.redis[0]);
      await unpack(files.postgresExporter, exporterNames.postgres[0]);
      for (const program of ["prometheus", "promtool"]) {
        say("verify", `${program} --version`);
        const found = await versionOf(join(folder, program));
        if (found !== version)
          throw new Error(`Debian's ${program} says it is version ${found ?? "unknown"}`);
      }
    },
  };
}

/** What is on PATH; the exporters may be missing. */
async function fromSystem(): Promise<Recipe | undefined> {
  const server = findOnPath("prometheus");
  const promtool = findOnPath("promtool");
  const found = server === undefined ? undefined : await versionOf(server);
  if (server === undefined || promtool === undefined || found === undefined || !acceptedOnPath.test(found))
    return undefined;
  const links: Record<string, string> = { prometheus: server, promtool };
  for (const names of Object.values(exporterNames)) {
    const exporter = names.map((name) => findOnPath(name)).find((path) => path !== undefined);
    if (exporter !== undefined) links[names[0]] = exporter;
  }
  return {
    component: "prometheus",
    part: "prometheus",
    version: found,
    source: server,
    determinants: [links, found],
    bytes: 0,
    files: [],
    async fill(folder) {
      for (const [name, path] of Object.entries(links)) await symlink(path, join(folder, name));
    },
  };
}
