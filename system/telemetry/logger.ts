import pino, { type DestinationStream } from "pino";
import { logIds } from "./log-ids.ts";

/** Structured logs, one JSON object a line. */
export type Logger = pino.Logger;

/** Tokens are never logged, whether alone or in the headers of what is logged. */
const secrets = ["authorization", "token"].flatMap((name) => [
  name,
  `headers.${name}`,
  `*.${name}`,
  `*.headers.${name}`,
]);

/**
 * A logger to standard output. Every line carries the instance's name, and the ids of the request, the recording and
 * the trace it is about where they are known ({@link logIds}).
 * @param to for tests.
 */
export function createLogger(instance: string, level: string, to?: DestinationStream): Logger {
  const options = {
    level,
    base: { instance },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: logIds,
    redact: secrets,
  };
  return to ? pino(options, to) : pino(options);
}
