import type { HistoryEvent } from "../history/event.ts";
import { pairOperations } from "../history/operations.ts";
import { isRequest, refusalOf } from "../history/transcription-operations.ts";
import { anomaly, resultOf } from "./result.ts";
import type { Checker } from "./verdict.ts";

/**
 * A service that cannot serve says so: every request that the service did not fulfil for a reason of its own was answered 503 with
 * a time to come again. Anomalies: `unclear-refusal` (another 5xx, or no `Retry-After`), `unanswered` (no answer at all). Without a
 * single 503: inconclusive, for then what the scenario took away was not missed.
 *
 * Only for scenarios in which the service itself stays up and reachable.
 */
export function clearRefusals(): Checker {
  return {
    name: "clear-refusals",
    check(events) {
      const ended = pairOperations(events)
        .filter(({ invoke }) => isRequest(invoke))
        .flatMap(({ completion }) => (completion && completion.type !== "ok" ? [completion] : []));
      const answers = ended.map((event) => ({ event, refusal: refusalOf(event) }));
      const unanswered = answers.filter(({ refusal }) => refusal === undefined);
      const serverErrors = answers.filter(({ refusal }) => (refusal?.httpStatus ?? 0) >= 500);
      const clear = serverErrors.filter(
        ({ refusal }) => refusal?.httpStatus === 503 && refusal.retryAfterMs !== undefined,
      );
      const unclear = serverErrors.filter((answer) => !clear.includes(answer));
      return resultOf("clear-refusals", {
        anomalies: [
          ...unclear.map(({ event }) => found("unclear-refusal", event)),
          ...unanswered.map(({ event }) => found("unanswered", event)),
        ],
        gaps: clear.length === 0 ? ["no request was refused with 503"] : [],
        passedReason: `${clear.length} requests were refused, each with 503 and Retry-After`,
        counts: { refused: clear.length, unclear: unclear.length, unanswered: unanswered.length },
      });
    },
  };
}

function found(type: string, event: HistoryEvent) {
  return anomaly(type, `${event.f} of ${event.key ?? "?"} on ${event.node ?? "?"}: ${event.error ?? ""}`, [
    event,
  ]);
}
