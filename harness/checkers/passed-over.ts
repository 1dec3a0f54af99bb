import type { HistoryEvent } from "../history/event.ts";
import { groupPosition, placeOf, poisoned, positionsOf } from "../history/poison-operations.ts";
import { anomaly, resultOf } from "./result.ts";
import type { Checker, CheckResult } from "./verdict.ts";

/**
 * Malformed records that the workload `poison` has put into a group's topics: the group goes on past each.
 *
 * - `stuck-at-poison`: in the end the group's committed offset is not above that of an acknowledged record
 *
 * No record acknowledged, or no final position: inconclusive.
 */
export function passedOver(): Checker {
  return { name: "passed-over", check };
}

function check(events: readonly HistoryEvent[]): CheckResult {
  const records = events.filter(({ f, type }) => f === poisoned && type === "ok");
  const final = events.findLast(({ f, type }) => f === groupPosition && type === "ok");
  const positions = final === undefined ? {} : positionsOf(final);
  const stuck = records.filter((event) => {
    const { partition, offset } = placeOf(event);
    return (positions[partition] ?? 0) <= offset;
  });
  const kinds = new Set(records.map((event) => placeOf(event).kind));
  return resultOf("passed-over", {
    anomalies:
      final === undefined
        ? []
        : stuck.map((event) => {
            const { partition, offset, kind } = placeOf(event);
            const message = `the group stands at ${positions[partition] ?? "no offset"} of ${partition}, at or before the ${kind} record at ${offset}`;
            return anomaly("stuck-at-poison", message, [event, final]);
          }),
    gaps: [
      ...(records.length === 0 ? ["no malformed record was acknowledged"] : []),
      ...(final === undefined ? ["nobody asked in the end how far the group has come"] : []),
    ],
    passedReason: `the group went on past ${records.length} malformed records of ${kinds.size} kinds`,
    counts: { records: records.length, kinds: kinds.size },
  });
}
