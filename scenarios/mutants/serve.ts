import { parseConfig } from "../../system/config.ts";
import { type Overrides, startService } from "../../system/service.ts";

/** Runs the service with parts of it replaced, from its environment until SIGTERM, on which it drains. */
export async function serve(overrides: Overrides): Promise<void> {
  const service = await startService(parseConfig(process.env), overrides);
  process.once("SIGTERM", async () => {
    await service[Symbol.asyncDispose]();
    process.exit(0);
  });
}
