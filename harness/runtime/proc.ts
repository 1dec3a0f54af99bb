import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * What Linux says about processes (proc(5)). A process is named by pid *and* start time, because pids are reused:
 * signalling a bare pid recorded a minute ago may hit a stranger.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  readonly startTicks: number;
}

/** The environment variable every process of a run is started with; its value is the run's id. */
export const runMarker = "FAULTLINE_RUN";

interface Stat {
  readonly state: string;
  readonly startTicks: number;
  readonly cpuTicks: number;
  readonly threads: number;
}

function readStat(pid: number): Stat | undefined {
  const text = readProc(pid, "stat");
  if (text === undefined) return undefined;
  // The command name (field 2) may hold spaces and parentheses: fields are counted from the last ")".
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number) => fields[number - 3] ?? "";
  return {
    state: field(3),
    startTicks: Number(field(22)),
    cpuTicks: Number(field(14)) + Number(field(15)),
    threads: Number(field(20)),
  };
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined; // it ended, or is not ours to read
  }
}

/** The identity of a live process; undefined when there is none (a zombie is not alive). */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  return stat === undefined || stat.state === "Z" || stat.state === "X"
    ? undefined
    : { pid, startTicks: stat.startTicks };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTicks === identity.startTicks;
}

/** Whether the process is stopped by SIGSTOP. */
export function isPaused(pid: number): boolean {
  return readStat(pid)?.state === "T";
}

/** Sends a signal; false when the process was already gone. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/** What tells the processes of a run from all others. */
export interface RunTraits {
  /** The value of {@link runMarker} in their environment. */
  readonly runId: string;
  /** Their working directory is below one of these. */
  readonly folders: readonly string[];
  readonly known: readonly ProcessIdentity[];
}

/**
 * The live processes of a run, this one excepted. One trait would not do: a process just started is not known yet,
 * and some programs (redis-server) overwrite their environment to show a title.
 */
export function processesOfRun({ runId, folders, known }: RunTraits): ProcessIdentity[] {
  const marker = `${runMarker}=${runId}`;
  return allPids()
    .filter((pid) => pid !== process.pid)
    .map(identify)
    .filter((identity) => identity !== undefined)
    .filter(
      ({ pid, startTicks }) =>
        known.some((one) => one.pid === pid && one.startTicks === startTicks) ||
        readProc(pid, "environ")?.split("\0").includes(marker) ||
        folders.some((folder) => workingDirectory(pid)?.startsWith(`${folder}/`)),
    );
}

function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // it ended, or is not ours to read
  }
}

function allPids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function childrenOf(pid: number): number[] {
  const text = readProc(pid, `task/${pid}/children`) ?? "";
  return text.split(" ").filter(Boolean).map(Number);
}

/** Memory and CPU of a process with its descendants. */
export interface Usage {
  /** Resident bytes of the process, plus the anonymous ones of its descendants (so shared memory counts once). */
  readonly rssBytes: number;
  /** CPU seconds used since it started. */
  readonly cpuSeconds: number;
  /** Files and sockets that the process itself has open; of these, sockets. */
  readonly openFiles: number;
  readonly sockets: number;
  /** Of the process and its descendants. */
  readonly threads: number;
  /** When the process began, in seconds since boot: another value is another process. */
  readonly startedAt: number;
}

/** Linux counts CPU in ticks of 1/100 s (USER_HZ) on every architecture Node runs on. */
const ticksPerSecond = 100;

/** Samples a process tree; undefined when the process is gone. */
export function usageOf(pid: number): Usage | undefined {
  const rss = memoryField(pid, "VmRSS");
  const stat = readStat(pid);
  if (rss === undefined || stat === undefined) return undefined;
  let rssBytes = rss;
  let { cpuTicks, threads } = stat;
  for (const child of descendantsOf(pid)) {
    rssBytes += memoryField(child, "RssAnon") ?? 0;
    const ofChild = readStat(child);
    cpuTicks += ofChild?.cpuTicks ?? 0;
    threads += ofChild?.threads ?? 0;
  }
  const cpuSeconds = cpuTicks / ticksPerSecond;
  return { rssBytes, cpuSeconds, threads, startedAt: stat.startTicks / ticksPerSecond, ...openFilesOf(pid) };
}

function openFilesOf(pid: number): { openFiles: number; sockets: number } {
  try {
    const descriptors = readdirSync(`/proc/${pid}/fd`);
    const sockets = descriptors.filter((descriptor) => isSocket(`/proc/${pid}/fd/${descriptor}`)).length;
    return { openFiles: descriptors.length, sockets };
  } catch {
    return { openFiles: 0, sockets: 0 }; // it has just gone
  }
}

function isSocket(descriptor: string): boolean {
  try {
    return readlinkSync(descriptor).startsWith("socket:");
  } catch {
    return false; // it was closed a moment ago
  }
}

/** A process with all its descendants, itself first. */
export const processTree = (pid: number): number[] => [pid, ...descendantsOf(pid)];

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

function memoryField(pid: number, field: "VmRSS" | "RssAnon"): number | undefined {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readProc(pid, "status") ?? "");
  return match ? Number(match[1]) * 1024 : undefined;
}

/**
 * How many connections wait at the listening socket of host:port until its program takes them: proc_net_tcp(5), the
 * second number of the fifth field.
 */
export function waitingConnections(address: string): number {
  const row = listeningRows().find(([, local = ""]) => addressOf(local) === address);
  return Number.parseInt(row?.[4]?.split(":")[1] ?? "0", 16);
}

/** Second numbers of the loopback addresses 127.N.x.y on which any process of this machine listens. */
export function listeningLoopbackNetworks(): ReadonlySet<number> {
  const networks = listeningRows()
    .map(([, local = ""]) => addressOf(local))
    .filter((address) => address.startsWith("127."))
    .map((address) => Number(address.split(".")[1]));
  return new Set(networks);
}

/** The rows of /proc/net/tcp about listening sockets, by field. */
function listeningRows(): string[][] {
  const listening = "0A"; // proc_net_tcp(5): st
  return readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === listening);
}

/**
 * How many connections there are to each local address (without port) that programs of this machine have accepted or made from it. Of
 * connections over IPv6 sockets, as Java's are, those to IPv4 addresses.
 */
export function establishedConnections(): ReadonlyMap<string, number> {
  return countEstablished([readFileSync("/proc/net/tcp", "utf8"), readNetTcp6()].join("\n"));
}

/** As {@link establishedConnections}, of the text of such tables. */
export function countEstablished(table: string): ReadonlyMap<string, number> {
  const established = "01"; // proc_net_tcp(5): st
  const counts = new Map<string, number>();
  for (const row of table.split("\n")) {
    const [, local = "", , state] = row.trim().split(/\s+/);
    if (state !== established) continue;
    const host = addressOf(local).split(":")[0] ?? "";
    counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  return counts;
}

function readNetTcp6(): string {
  try {
    return readFileSync("/proc/net/tcp6", "utf8");
  } catch {
    return ""; // a kernel without IPv6
  }
}

/** host:port of the table's hexadecimal, in which the address has its first number last; of an IPv6 address, its last four numbers. */
function addressOf(hexadecimal: string): string {
  const [address = "", port = ""] = hexadecimal.split(":");
  const host = address.slice(-8);
  const bytes = [6, 4, 2, 0].map((at) => Number.parseInt(host.slice(at, at + 2), 16));
  return `${bytes.join(".")}:${Number.parseInt(port, 16)}`;
}
