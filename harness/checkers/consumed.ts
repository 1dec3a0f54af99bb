import type { HistoryEvent } from "../history/event.ts";
import { pairOperations } from "../history/operations.ts";
import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";
import { keyOf } from "./log/value-ids.ts";
import { polledValue, sentValue } from "./log/values.ts";
import { anomaly, resultOf } from "./result.ts";
import type { Anomaly, Checker } from "./verdict.ts";

/** So many anomalies of a kind are listed; the reason counts all. */
const listed = 20;

export interface ConsumedOptions {
  /** From the acknowledgement of a record until a member first polls it; without it, it is only measured. */
  readonly within?: Duration;
}

/**
 * A consumer group leaves nothing out, whatever becomes of its members: every acknowledged record was polled by one of them
 * (`never-consumed`). Members are the processes that subscribed; the final reads, which assign themselves partitions, are none. A
 * group that goes on from an offset beyond what it handled loses records for its users, though the log has them. With `within`, none was
 * polled later than that (`consumed-late`): a dead member's partitions were taken over.
 *
 * What some final read did not find either is lost, which is for `log` to say. Nothing acknowledged, or nothing polled by a member: inconclusive.
 */
export function consumed({ within }: ConsumedOptions = {}): Checker {
  const withinMs = within === undefined ? Number.POSITIVE_INFINITY : milliseconds(within);
  return {
    name: "consumed",
    check(events) {
      const operations = pairOperations(events);
      const members = new Set(
        operations.filter(({ invoke }) => invoke.f === "subscribe").map(({ invoke }) => invoke.process),
      );
      const byGroup = new Map<string, { polls: number; readonly first: HistoryEvent }>();
      const byAnyone = new Set<string>();
      for (const { invoke, completion } of operations) {
        if (invoke.f !== "poll" || completion?.type !== "ok") continue;
        for (const name of polledNames(completion)) {
          byAnyone.add(name);
          if (!members.has(invoke.process)) continue;
          const known = byGroup.get(name);
          if (known === undefined) byGroup.set(name, { polls: 1, first: completion });
          else known.polls++;
        }
      }
      let acknowledged = 0;
      let longestMs = 0;
      const missing: Anomaly[] = [];
      const late: Anomaly[] = [];
      for (const { invoke, completion } of operations) {
        if (invoke.f !== "send" || completion?.type !== "ok") continue;
        acknowledged++;
        const { partition, value } = sentValue(completion, invoke);
        const name = nameOf(partition, value);
        const first = byGroup.get(name)?.first;
        const what = `${JSON.stringify(value)} in ${partition}`;
        if (first === undefined && byAnyone.has(name)) {
          const message = `${what} was acknowledged, and no member of the group ever polled it`;
          missing.push(anomaly("never-consumed", message, [invoke, completion]));
        }
        const ms = first === undefined ? 0 : (first.time - completion.time) / 1e6;
        longestMs = Math.max(longestMs, ms);
        if (first === undefined || ms <= withinMs) continue;
        const message = `${what} was polled ${formatDuration(ms)} after its acknowledgement, which may take ${formatDuration(withinMs)}`;
        late.push(anomaly("consumed-late", message, [completion, first]));
      }
      const again = byGroup
        .values()
        .filter(({ polls }) => polls > 1)
        .toArray().length;
      return resultOf("consumed", {
        anomalies: [...missing.slice(0, listed), ...late.slice(0, listed)],
        totals: { "never-consumed": missing.length, "consumed-late": late.length },
        gaps: [
          ...(acknowledged === 0 ? ["nothing was acknowledged"] : []),
          ...(byGroup.size === 0 ? ["no member of a group polled anything"] : []),
        ],
        passedReason: `all ${acknowledged} acknowledged records were polled by the group, ${again} of them more than once, the last one after ${formatDuration(longestMs)}`,
        counts: {
          acknowledged,
          "never consumed": missing.length,
          "consumed again": again,
          "longest wait (ms)": Math.round(longestMs),
        },
      });
    },
  };
}

const polledNames = (ok: HistoryEvent): string[] =>
  polledValue(ok).records.flatMap(([partition, records]) =>
    records.map(([, value]) => nameOf(partition, value)),
  );

const nameOf = (partition: string, value: unknown): string => `${partition} ${keyOf(value)}`;
