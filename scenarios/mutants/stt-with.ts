import { fileURLToPath } from "node:url";
import { type SttOptions, stt } from "../../harness/topology/stt.ts";
import type { Topology } from "../../harness/topology/topology.ts";
import { quickStt } from "../common.ts";

const pathOf = (entry: string) => fileURLToPath(new URL(entry, import.meta.url));

/** The service as most scenarios want it, with another entry file: `quickSttWith("./auto-commit.ts")`. */
export const quickSttWith = (entry: string, options: SttOptions = {}): Topology =>
  quickStt({ ...options, entry: pathOf(entry) });

/** The service with its own settings, with another entry file. */
export const sttWith = (entry: string, options: SttOptions = {}): Topology =>
  stt({ ...options, entry: pathOf(entry) });

/**
 * What is lost does not come back: a mutant's recovery is not waited for as long as the correct service's, which takes ten
 * seconds, may take on a busy machine.
 */
export const notForLong = { giveUpAfterMs: 12_000 };
