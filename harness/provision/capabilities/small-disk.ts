import { tmpdir } from "node:os";
import { execute } from "../execute.ts";
import { absent, type Examined, examine, findProgram } from "./examined.ts";

/** Mounts a small file system where only the command that does it can see it, and fills it. */
export async function examineSmallDisk(): Promise<Examined> {
  const unshare = findProgram("unshare");
  const mount = findProgram("mount");
  if (unshare === undefined) return absent("unshare", "util-linux");
  if (mount === undefined) return absent("mount", "mount");
  return examine(async () => {
    // Filling it must fail: a disk that takes more than its size is none to fill.
    const script =
      '"$1" -t tmpfs -o size=64k faultline-probe "$2" && ! head -c 1000000 /dev/zero 2>/dev/null > "$2/filler"';
    await execute(unshare, ["-m", "sh", "-c", script, "sh", mount, tmpdir()], { timeoutMs: 10_000 });
    return mount;
  }, "run it as root: a file system is mounted for the node");
}
