import { mkdir, readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, execute, findOnPath } from "../execute.ts";
import { okRow, type Row } from "./row.ts";

const UNSUPPORTED = "unsupported here";

/** What this kernel can do for the stronger faults: each is tried, in a namespace or a folder that is gone at once. */
export function kernelRows(): Promise<Row[]> {
  return Promise.all([
    netnsRow(),
    inNamespaceRow("nft", "nftables", ["nft", "add", "table", "ip", "faultline_probe"]),
    inNamespaceRow("netem", "iproute2", "tc qdisc add dev lo root netem delay 1ms".split(" ")),
    cgroupRow(),
    faketimeRow(),
  ]);
}

/** A command line run in a network namespace of its own, which ends with it. */
const inOwnNamespace = (unshare: string, command: readonly string[]) =>
  execute(unshare, [process.getuid?.() === 0 ? "-n" : "-Urn", ...command], { timeoutMs: 10_000 });

async function netnsRow(): Promise<Row> {
  const unshare = findOnPath("unshare");
  if (unshare === undefined) return absent("netns", "apt-get install util-linux");
  try {
    await inOwnNamespace(unshare, ["true"]);
    return okRow("netns", "optional", "works", unshare);
  } catch (error) {
    return unsupported("netns", error);
  }
}

async function inNamespaceRow(
  component: string,
  debianPackage: string,
  command: readonly string[],
): Promise<Row> {
  const [program = ""] = command;
  const path = findOnPath(program) ?? findOnPath(program, "/usr/sbin:/sbin");
  if (path === undefined) return absent(component, `apt-get install ${debianPackage}`);
  const unshare = findOnPath("unshare");
  if (unshare === undefined) return unsupported(component, "no network namespace to try it in");
  try {
    await inOwnNamespace(unshare, [path, ...command.slice(1)]);
    return okRow(component, "optional", "works", path);
  } catch (error) {
    return unsupported(component, error);
  }
}

/** Tries to make a group in every hierarchy there is: version 2 has one, version 1 has one for each controller. */
async function cgroupRow(): Promise<Row> {
  const root = "/sys/fs/cgroup";
  const entries = await readdir(root).catch((): string[] => []);
  const versionTwo = entries.includes("cgroup.controllers");
  const parent = versionTwo ? root : join(root, "memory");
  const group = join(parent, `faultline-probe-${process.pid}`);
  try {
    await mkdir(group);
    await rmdir(group);
    return okRow("cgroup", "optional", `works (version ${versionTwo ? 2 : 1})`, parent);
  } catch (error) {
    return unsupported("cgroup", error);
  }
}

/** Asks `date` for the time with the library loaded, a thousand days ago. */
async function faketimeRow(): Promise<Row> {
  const library = await findFaketime();
  if (library === undefined) return absent("libfaketime", "apt-get install libfaketime");
  const date = findOnPath("date");
  if (date === undefined) return unsupported("libfaketime", "no date program to try it with");
  try {
    const env = { LD_PRELOAD: library, FAKETIME: "-1000d" };
    const { stdout } = await execute(date, ["+%s"], { env, timeoutMs: 10_000 });
    const shiftedDays = (Date.now() / 1_000 - Number(stdout)) / 86_400;
    return shiftedDays > 999
      ? okRow("libfaketime", "optional", "works", library)
      : unsupported("libfaketime", `${library} does not change the time`);
  } catch (error) {
    return unsupported("libfaketime", error);
  }
}

async function findFaketime(): Promise<string | undefined> {
  for (const folder of ["/usr/lib", "/usr/lib64", "/usr/local/lib"]) {
    for (const below of ["", ...(await readdir(folder).catch((): string[] => []))]) {
      const place = join(folder, below, "faketime");
      const names = await readdir(place).catch((): string[] => []);
      if (names.includes("libfaketime.so.1")) return join(place, "libfaketime.so.1");
    }
  }
  return undefined;
}

function absent(component: string, fix: string): Row {
  return { component, wanted: "optional", found: "absent", where: "", fix, status: "optional" };
}

/** The reason's last line goes beside it: commands say the essential at the end. */
function unsupported(component: string, reason: unknown): Row {
  const text = reason instanceof CommandError ? reason.output : String(reason);
  const where = text.trim().split("\n").at(-1) ?? "";
  return { component, wanted: "optional", found: UNSUPPORTED, where, fix: "", status: "optional" };
}
