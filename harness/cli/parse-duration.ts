import { InvalidArgumentError } from "commander";
import { milliseconds } from "../util/duration.ts";
import { messageOf } from "../util/errors.ts";

/** Reads a duration from an option, in milliseconds. @throws InvalidArgumentError for what is none. */
export function parseDuration(text: string): number {
  try {
    return milliseconds(text);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}
