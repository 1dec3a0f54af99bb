import type { HistoryEvent } from "../history/event.ts";
import type { CheckResult, StreamingCheck } from "./verdict.ts";

/** What a streaming check says of a history that is in memory. */
export function judgeAll(check: StreamingCheck, events: readonly HistoryEvent[]): CheckResult {
  for (const event of events) {
    if (check.spent) break;
    check.add(event);
  }
  return check.end((place) => events[place]);
}
