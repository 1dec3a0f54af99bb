import type { Logger } from "../telemetry/logger.ts";

/** What the library takes for a logger. */
export interface LibraryLogger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  debug(message: string): void;
  namespace(): LibraryLogger;
  setLogLevel(level: number): void;
}

/** The library tells of trouble only by its log: what it logs as an error goes to `onError`, the rest to the debug log. */
export function libraryLogger(logger: Logger, onError: (error: Error) => void): LibraryLogger {
  const debug = (message: string) => logger.debug({ librdkafka: message }, "librdkafka");
  const self: LibraryLogger = {
    info: debug,
    warn: debug,
    debug,
    error: (message) => onError(new Error(message)),
    namespace: () => self,
    setLogLevel: () => {},
  };
  return self;
}
