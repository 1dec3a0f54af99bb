/** The service with one classic mistake: told to stop, it stops, whatever is under way. */
import { parseConfig } from "../../system/config.ts";
import { startService } from "../../system/service.ts";

await startService(parseConfig(process.env));
process.once("SIGTERM", () => process.exit(0));
