import { fileURLToPath } from "node:url";
import type { Scenario } from "../../../harness/run/scenario.ts";
import type { SttOptions } from "../../../harness/topology/stt.ts";
import { quickStt } from "../../common.ts";
import noGrowth from "../no-growth.scenario.ts";

/**
 * The soak of the correct service with another entry file, which leaks as `mistake` says.
 * @param changes of the scenario, for a leak that shows otherwise than under ten minutes of a steady load.
 */
export const leaking = (
  entry: string,
  mistake: string,
  { options = {}, ...changes }: Partial<Scenario> & { readonly options?: SttOptions } = {},
): Scenario => ({
  ...noGrowth,
  topology: quickStt({
    ...options,
    diagnostics: true,
    entry: fileURLToPath(new URL(entry, import.meta.url)),
  }),
  mutant: { mistake, caughtBy: "leak" },
  ...changes,
});
