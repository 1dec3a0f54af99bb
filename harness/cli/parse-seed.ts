import { InvalidArgumentError } from "commander";

/** Reads a seed from an option. @throws InvalidArgumentError unless it is a whole number from 0. */
export function parseSeed(text: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new InvalidArgumentError("a whole number from 0 is needed.");
  return seed;
}
