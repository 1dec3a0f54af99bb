import { flowsHold } from "../../harness/checkers/flows-hold.ts";
import { withoutLoad } from "../../harness/checkers/without-load.ts";
import { type Scenario, type ScenarioDefinition, scenario } from "../../harness/run/scenario.ts";
import { flows } from "../../harness/workload/flows/flows.ts";
import type { World } from "../../harness/workload/flows/world.ts";
import { statuses } from "../../system/contract/status.ts";
import { quickStt } from "../common.ts";

/** Every state of a recording to which nothing happens, in order. */
export const happyPath: readonly string[] = statuses.filter((status) => status !== "FAILED");

/** What the upstream's stub makes of every recording. */
export const transcript = "The quick brown fox jumps over the lazy dog.";
export const summary = "A fox jumps over a dog.";

/** One flow, over HTTP and over STOMP, without faults. */
export const flowScenario = (
  title: string,
  run: (world: World) => Promise<void>,
  more: Partial<Pick<ScenarioDefinition, "about" | "topology">> = {},
): Scenario =>
  scenario({
    title,
    topology: quickStt(),
    workload: flows([{ name: "the flow", run }]),
    steadyState: withoutLoad,
    faults: [],
    checks: [flowsHold()],
    ...more,
  });
