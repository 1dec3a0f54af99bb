import pc from "picocolors";
import { exitCodes, FaultlineError } from "../util/errors.ts";

/** Prints an error for people on standard error, and returns the exit code it asks for. */
export function printError(error: unknown): number {
  if (error instanceof FaultlineError) {
    console.error(`${pc.red("error:")} ${error.message}`);
    if (error.hint !== undefined) console.error(error.hint.replaceAll(/^/gm, `${pc.cyan("→")} `));
    return error.exitCode;
  }
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC") {
    console.error(`${pc.red("error:")} the disk is full${path === undefined ? "" : ` (writing ${path})`}`);
    console.error(
      `${pc.cyan("→")} free some space, or point TMPDIR, --reports or FAULTLINE_CACHE to another disk`,
    );
    return exitCodes.environment;
  }
  console.error(`${pc.red("error:")} this is a bug in faultline:`, error);
  return exitCodes.environment;
}
