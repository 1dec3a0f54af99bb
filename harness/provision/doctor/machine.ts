import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { availableParallelism } from "node:os";
import { freeBytes } from "../disk.ts";
import { formatBytes } from "../progress.ts";
import { okRow, type Row } from "./row.ts";

const WANTED_CORES = 2;
const WANTED_MEMORY = 2_000_000_000;
const WANTED_FILES = 4_096;
const WANTED_DISK = 2_000_000_000;

/** An address of 127.0.0.0/8 that no topology uses. */
const PROBE_ADDRESS = "127.254.254.254";

/** Ports that nodes use, each on a loopback address of its own: only a program that listens on all is in the way. */
const NODE_PORTS = [15_432, 16_379, 18_000, 18_080, 18_474, 19_091, 19_093, 19_101, 26_379];

/** Whether every loopback address can be bound, as the links between processes need. */
export async function loopbackRow(): Promise<Row> {
  const error = await bindError(0);
  if (error === undefined) return okRow("loopback", "all of 127/8", "yes", PROBE_ADDRESS);
  return {
    component: "loopback",
    wanted: "all of 127/8",
    found: error,
    where: PROBE_ADDRESS,
    fix: "run it on Linux",
    status: "blocking",
  };
}

/** Whether the ports of a topology's nodes are free. */
export async function portsRow(ports: readonly number[] = NODE_PORTS): Promise<Row> {
  const busy: number[] = [];
  for (const port of ports) if ((await bindError(port)) === "EADDRINUSE") busy.push(port);
  const wanted = `${ports.length} free`;
  if (busy.length === 0) return okRow("ports", wanted, "free", `${ports[0]} to ${ports.at(-1)}`);
  return {
    component: "ports",
    wanted,
    found: `busy: ${busy.join(", ")}`,
    where: "all addresses",
    fix: busy.map((port) => `ss -ltnp 'sport = :${port}'`).join("\n"),
    status: "blocking",
  };
}

/** Memory that is free for the topology. */
export function memoryRow(available: number = process.availableMemory()): Row {
  return enough(
    "memory",
    WANTED_MEMORY,
    available,
    formatBytes,
    "stop other programs, or use a smaller topology",
  );
}

/** Processor cores. One is slow, not impossible. */
export function coresRow(cores: number = availableParallelism()): Row {
  return enough("cores", WANTED_CORES, cores, String, "expect slow starts and late samples");
}

/** Files a process may have open. */
export async function filesRow(): Promise<Row> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  const limit = hard === undefined || hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
  return enough(
    "open files",
    WANTED_FILES,
    limit,
    (n) => (n === Number.POSITIVE_INFINITY ? "unlimited" : String(n)),
    `ulimit -n ${WANTED_FILES}`,
  );
}

/** Room in the cache's file system. */
export async function diskRow(cacheRoot: string): Promise<Row> {
  const fix = "free some space, or set FAULTLINE_CACHE to a folder on a larger disk";
  return { ...enough("disk", WANTED_DISK, await freeBytes(cacheRoot), formatBytes, fix), where: cacheRoot };
}

function enough(
  component: string,
  wanted: number,
  found: number,
  format: (n: number) => string,
  fix: string,
): Row {
  const row = okRow(component, `${format(wanted)} or more`, format(found));
  return found >= wanted ? row : { ...row, fix, status: "optional" };
}

/** The code of the error when a port of the probe address cannot be bound. */
function bindError(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, PROBE_ADDRESS, () => server.close(() => resolve(undefined)));
  });
}
