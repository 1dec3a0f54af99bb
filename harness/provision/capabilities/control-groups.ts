import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Examined, examine, outlivingUs } from "./examined.ts";

/** What of Linux's control groups is used: https://docs.kernel.org/admin-guide/cgroup-v2.html, cgroup-v1/ beside it. */
export type Controller = "cpu" | "memory";

/** A folder of the control group file system below which a group can be made. */
export interface ControlGroupParent {
  readonly version: 1 | 2;
  readonly path: string;
  /** The group this process is in, to which its children go back. */
  readonly home: string;
}

/** Makes a group with a limit, lets a process into it, and removes it. */
export function examineControlGroup(controller: Controller): Promise<Examined> {
  const fix = "run it as root, where /sys/fs/cgroup can be written to";
  return examine(async () => {
    const parent = controlGroupParent(controller);
    if (!parent) {
      return { supported: false, why: `no control group of this process controls ${controller}`, fix };
    }
    const group = join(parent.path, `faultline-probe-${process.pid}-${controller}`);
    await outlivingUs(tryGroup, [group, ...harmlessLimit(controller, parent.version)]);
    return `version ${parent.version}, ${parent.path}`;
  }, fix);
}

/** Group, file and text of a limit. The group goes also when this process is killed meanwhile. */
const tryGroup = `
mkdir "$1" || exit 1
echo "$3" > "$1/$2" && sh -c 'echo $$ > "$1/cgroup.procs"' sh "$1"
tried=$?
rmdir "$1" || { sleep 0.2; rmdir "$1"; }
exit $tried`;

const harmlessLimit = (controller: Controller, version: 1 | 2): [file: string, text: string] =>
  controller === "cpu"
    ? version === 1
      ? ["cpu.cfs_quota_us", "1000000"]
      : ["cpu.max", "1000000 100000"]
    : [version === 1 ? "memory.limit_in_bytes" : "memory.max", String(2 ** 40)];

/**
 * Where this process may make a group: in version 1 below its own, in version 2 below the nearest one above that hands the
 * controller on (a group with processes of its own cannot). Undefined where there is none.
 */
export function controlGroupParent(
  controller: Controller,
  read: (file: string) => string = (file) => readFileSync(file, "utf8"),
): ControlGroupParent | undefined {
  const memberships = read("/proc/self/cgroup")
    .split("\n")
    .map((line) => line.split(":"))
    .map(([, controllers = "", ...path]) => ({ controllers: controllers.split(","), path: path.join(":") }));
  const mounts = mountsOf(read("/proc/self/mountinfo"));

  const v1 = mounts.find(({ type, options }) => type === "cgroup" && options.includes(controller));
  const own = memberships.find(({ controllers }) => controllers.includes(controller));
  if (v1 && own) {
    const home = folderOf(v1, own.path);
    return { version: 1, path: home, home };
  }

  const v2 = mounts.find(({ type }) => type === "cgroup2");
  const ownV2 = memberships.find(({ controllers }) => controllers[0] === "");
  if (!v2 || !ownV2) return undefined;
  const home = folderOf(v2, ownV2.path);
  for (let path = home; path.startsWith(v2.point); path = join(path, "..")) {
    if (handedOn(read, path).includes(controller)) return { version: 2, path, home };
  }
  return undefined;
}

interface Mount {
  /** The part of the file system that is mounted, and where. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** proc_pid_mountinfo(5): fields 4 and 5, and after the lone hyphen type and options. */
function mountsOf(mountinfo: string): Mount[] {
  return mountinfo
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [before = "", after = ""] = line.split(" - ");
      const [, , , root = "", point = ""] = before.split(" ");
      const [type = "", , options = ""] = after.split(" ");
      return { root, point, type, options: options.split(",") };
    });
}

/** The folder of a group, which /proc names from the file system's root: in a container only a part of that is mounted. */
function folderOf({ root, point }: Mount, path: string): string {
  const below = relative(root, path);
  return below.startsWith("..") ? point : join(point, below);
}

function handedOn(read: (file: string) => string, group: string): string[] {
  try {
    return read(join(group, "cgroup.subtree_control")).trim().split(" ");
  } catch {
    return []; // above what is mounted
  }
}
