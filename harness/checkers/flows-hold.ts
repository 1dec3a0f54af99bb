import type { HistoryEvent, Operation } from "../history/event.ts";
import { pairOperations } from "../history/operations.ts";
import { anomaly, resultOf } from "./result.ts";
import type { Checker } from "./verdict.ts";

/**
 * Every flow went as it should. Anomaly: `broken-flow`, with the step that failed, or else what the flow itself found; its
 * witnesses are the flow's last steps. Inconclusive: no flow was run, or one of them was not run to its end.
 */
export function flowsHold(): Checker {
  return {
    name: "flows",
    check(events) {
      const operations = pairOperations(events);
      const flows = operations.filter(({ invoke }) => invoke.f === "flow");
      const steps = operations.filter(({ invoke }) => invoke.f === "step");
      const broken = flows.filter(({ completion }) => completion?.type === "fail");
      const open = flows.filter(({ completion }) => completion === undefined || completion.type === "info");
      return resultOf("flows", {
        anomalies: broken.map((flow) => brokenFlow(flow, steps)),
        gaps: [
          ...(flows.length === 0 ? ["no flow was run"] : []),
          ...open.map(({ invoke }) => `"${invoke.key}" was not run to its end`),
        ],
        passedReason: `${flows.length} flows, ${steps.length} steps: all as they should`,
        counts: { flows: flows.length, steps: steps.length, broken: broken.length },
      });
    },
  };
}

function brokenFlow(flow: Operation, steps: readonly Operation[]) {
  const mine = steps.filter(({ invoke }) => invoke.key === flow.invoke.key);
  const failed = mine.find(({ completion }) => completion?.type === "fail");
  const where = failed === undefined ? "" : `${failed.invoke.value}: `;
  const why = failed?.completion?.error ?? flow.completion?.error ?? "no reason given";
  return anomaly("broken-flow", `${flow.invoke.key}: ${where}${why}`, lastOf(flow, mine));
}

/** The flow's end, and before it what led there. */
function lastOf(flow: Operation, steps: readonly Operation[]): HistoryEvent[] {
  const led = steps.flatMap(({ completion }) => (completion === undefined ? [] : [completion])).slice(-8);
  return [...led, ...(flow.completion === undefined ? [] : [flow.completion])];
}
