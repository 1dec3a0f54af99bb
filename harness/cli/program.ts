import { type Command, CommanderError, InvalidArgumentError } from "commander";
import { exitCodes } from "../util/errors.ts";
import { printError } from "./print-error.ts";

/**
 * Runs a program on the command line's arguments; errors are printed and become its exit code. That nobody reads its output any more
 * (`| head`) is none: a run goes on to its end, so that what it has struck is healed.
 */
export async function runProgram(program: Command): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  try {
    await program.exitOverride().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage; // commander has printed its message
    } else {
      process.exitCode = printError(error);
    }
  }
}

/** Reads an option's value. @throws InvalidArgumentError unless it is a whole number from 1. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("a whole number from 1 is needed.");
  return value;
}
