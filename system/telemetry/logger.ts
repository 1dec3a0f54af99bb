import pino from "pino";

/** Structured logs, one JSON object a line. */
export type Logger = pino.Logger;

/** A logger to standard output; every line carries the instance's name. */
export function createLogger(instance: string, level: string): Logger {
  return pino({ level, base: { instance }, timestamp: pino.stdTimeFunctions.isoTime });
}
