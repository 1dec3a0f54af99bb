import { ConfigError, parseConfig, type ServiceConfig } from "./config.ts";
import { startService } from "./service.ts";
import { DeadlineError, withDeadline } from "./telemetry/clock.ts";
import { createLogger } from "./telemetry/logger.ts";

const drainWithinMs = 10_000;

function configOrExit(): ServiceConfig {
  try {
    return parseConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

const config = configOrExit();
const logger = createLogger(config.instance, config.logLevel);

// A promise nobody handles, or an error nobody catches, means the process is in a state nobody thought of.
for (const event of ["unhandledRejection", "uncaughtException"] as const) {
  process.on(event, (error: unknown) => {
    logger.fatal({ err: error }, event);
    process.exit(1);
  });
}

const service = await startService(config).catch((error: unknown) => {
  logger.fatal({ err: error }, "the service did not start");
  process.exit(1);
});

let draining = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, async () => {
    if (draining) return;
    draining = true;
    try {
      await withDeadline(Promise.resolve(service[Symbol.asyncDispose]()), drainWithinMs, "draining");
      process.exit(0);
    } catch (error) {
      if (!(error instanceof DeadlineError)) logger.error({ err: error }, "draining failed");
      else logger.error(error.message);
      process.exit(1);
    }
  });
}
