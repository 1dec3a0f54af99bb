import { execute } from "../execute.ts";
import { absent, type Examined, examine, findProgram } from "./examined.ts";

/** Lowers the open-files limit of a process that runs, from another one. */
export async function examineOpenFilesLimit(): Promise<Examined> {
  const prlimit = findProgram("prlimit");
  if (prlimit === undefined) return absent("prlimit", "util-linux");
  return examine(async () => {
    const script = '"$1" --pid $$ --nofile=32: && ulimit -Sn';
    const { stdout } = await execute("sh", ["-c", script, "sh", prlimit], { timeoutMs: 10_000 });
    if (stdout.trim() !== "32") throw new Error(`${prlimit} left the limit at ${stdout.trim()}`);
    return prlimit;
  }, "");
}
