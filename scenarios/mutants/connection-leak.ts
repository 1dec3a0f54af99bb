/** The service with one classic mistake: each conversion opens a pool of connections of its own, and nobody closes it. */
import { parseConfig } from "../../system/config.ts";
import { Database } from "../../system/storage/database.ts";
import { createLogger } from "../../system/telemetry/logger.ts";
import { altered } from "./altered.ts";
import { serve } from "./serve.ts";

const { instance, logLevel, databaseUrl } = parseConfig(process.env);
const logger = createLogger(instance, logLevel);

await serve({
  recordings: (real) =>
    altered(real, {
      requestTranscription: async (owner, id) => {
        await new Database(databaseUrl, 1, logger).query("select 1");
        return real.requestTranscription(owner, id);
      },
    }),
});
