import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { messageOf } from "../../util/errors.ts";
import { CommandError, findOnPath } from "../execute.ts";

/** What came of trying something. */
export type Examined =
  /** `detail`: how it is done here. */
  | { readonly supported: true; readonly detail: string }
  /** `fix`: what to do about it; empty when nothing can be done. */
  | { readonly supported: false; readonly why: string; readonly fix: string };

/** An examination's answer; a throw is why it is not supported. */
export async function examine(
  work: () => Promise<Examined | string>,
  fixOfFailure: string,
): Promise<Examined> {
  try {
    const answer = await work();
    return typeof answer === "string" ? { supported: true, detail: answer } : answer;
  } catch (error) {
    return { supported: false, why: reasonOf(error), fix: fixOfFailure };
  }
}

/** A program is not installed. */
export const absent = (program: string, debianPackage: string): Examined => ({
  supported: false,
  why: `there is no ${program}`,
  fix: `apt-get install ${debianPackage}`,
});

/** The path of a program, also of one that only root has on its PATH. */
export const findProgram = (name: string): string | undefined =>
  findOnPath(name) ?? findOnPath(name, "/usr/sbin:/sbin");

/** Neither a Ctrl-C for us nor a pipe that nobody reads any more ends what is begun. */
const deaf = "trap '' INT TERM HUP PIPE";

/**
 * Runs a shell script to its end, also when this process is killed meanwhile: it removes what it makes.
 * @returns what it wrote to standard output.
 * @throws Error with what it wrote to standard error.
 */
export async function outlivingUs(script: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("sh", ["-c", `${deaf}\n${script}`, "sh", ...args], {
      cwd: "/",
    });
    return stdout;
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw said === "" ? error : new Error(said, { cause: error });
  }
}

/** The last line of what a command said: there commands say the essential. */
export function reasonOf(error: unknown): string {
  const text = error instanceof CommandError && error.output !== "" ? error.output : messageOf(error);
  return text.trim().split("\n").at(-1) ?? "";
}
