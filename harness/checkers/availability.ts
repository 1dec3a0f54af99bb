import { type HistoryEvent, type Operation, type Phase, phases } from "../history/event.ts";
import { pairOperations } from "../history/operations.ts";
import { isServed, isUserOperation } from "../history/user-operations.ts";
import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";
import { anomaly, resultOf } from "./result.ts";
import type { Checker } from "./verdict.ts";

/** Requests that were served over requests invoked. */
export interface Share {
  readonly invoked: number;
  readonly ok: number;
}

/** A stretch without any ok answer, with at least one request that did not end ok. Times in ns. */
export interface Outage {
  readonly from: number;
  readonly to: number;
  /** The requests that did not end ok in it. */
  readonly witnesses: readonly HistoryEvent[];
}

export interface Availability {
  /** By the phase in which the request was invoked. */
  readonly byPhase: ReadonlyMap<Phase, Share>;
  readonly byNode: ReadonlyMap<string, Share>;
  readonly total: Share;
  /** The longest; absent when there was none. */
  readonly longestOutage?: Outage;
}

/** Counts users' requests (not final reads) by phase and by node, and finds the longest outage. */
export function measureAvailability(events: readonly HistoryEvent[]): Availability {
  const requests = pairOperations(events).filter(({ invoke }) => isUserOperation(invoke));
  const longestOutage = longest(outages(requests));
  return {
    byPhase: shares(requests, ({ invoke }) => invoke.phase),
    byNode: shares(requests, ({ invoke }) => invoke.node),
    total: share(requests),
    ...(longestOutage === undefined ? {} : { longestOutage }),
  };
}

export interface AvailabilityOptions {
  /** Least ratio of ok over invoked in each of `phases`; none: only counted. */
  readonly atLeast?: number;
  /** The phases judged by `atLeast` (default steady, fault, recovery). */
  readonly phases?: readonly Phase[];
  /** The longest outage borne; none: only counted. */
  readonly longestOutage?: Duration;
}

/** Availability against bounds: anomalies `unavailable` (of a phase) and `long-outage`. No request that succeeded: inconclusive. */
export function availability(options: AvailabilityOptions = {}): Checker {
  const judged = options.phases ?? ["steady", "fault", "recovery"];
  const outageBoundMs = options.longestOutage === undefined ? undefined : milliseconds(options.longestOutage);
  return {
    name: "availability",
    check(events) {
      const { byPhase, total, longestOutage, byNode } = measureAvailability(events);
      const outageMs = longestOutage ? (longestOutage.to - longestOutage.from) / 1e6 : 0;
      const anomalies = [];
      for (const phase of judged) {
        const share = byPhase.get(phase);
        if (share === undefined || options.atLeast === undefined) continue;
        if (share.ok / share.invoked < options.atLeast) {
          const message = `in phase ${phase}, ${share.ok} of ${share.invoked} requests succeeded, needs ${options.atLeast * 100} %`;
          const witnesses = events.filter(
            (event) =>
              event.phase === phase && isUserOperation(event) && event.type !== "invoke" && !isServed(event),
          );
          anomalies.push(anomaly("unavailable", message, witnesses));
        }
      }
      if (longestOutage && outageBoundMs !== undefined && outageMs > outageBoundMs) {
        const message = `no request succeeded for ${formatDuration(outageMs)}, borne are ${formatDuration(outageBoundMs)}`;
        anomalies.push(anomaly("long-outage", message, longestOutage.witnesses));
      }
      const unseen = judged.filter((phase) => !byPhase.has(phase));
      return resultOf("availability", {
        anomalies,
        gaps:
          total.invoked === 0
            ? ["no request was made"]
            : total.ok === 0
              ? ["no request succeeded"]
              : options.atLeast !== undefined && unseen.length > 0
                ? [`no request was made in phase ${unseen.join(", ")}`]
                : [],
        passedReason: `${total.ok} of ${total.invoked} requests succeeded, longest outage ${formatDuration(outageMs)}`,
        counts: {
          ...named("", byPhase),
          ...named("node ", byNode),
          "longest outage (ms)": Math.round(outageMs),
        },
      });
    },
  };
}

function named(prefix: string, shares: ReadonlyMap<string, Share>): Record<string, number> {
  return Object.fromEntries(
    [...shares].flatMap(([name, { ok, invoked }]) => [
      [`${prefix}${name} ok`, ok],
      [`${prefix}${name} invoked`, invoked],
    ]),
  );
}

function share(requests: readonly Operation[]): Share {
  const ok = requests.filter(({ completion }) => completion && isServed(completion)).length;
  return { invoked: requests.length, ok };
}

function shares<K extends string>(
  requests: readonly Operation[],
  keyOf: (operation: Operation) => K | undefined,
): Map<K, Share> {
  const groups = new Map<K, Share>();
  for (const [key, group] of Map.groupBy(requests, keyOf))
    if (key !== undefined) groups.set(key, share(group));
  const rank = (key: string) => (phases as readonly string[]).indexOf(key);
  return new Map([...groups].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b)));
}

/**
 * The stretches from the invoke of a request that did not end ok to the next ok completion (or the last event), in
 * which nothing ended ok.
 */
function outages(requests: readonly Operation[]): Outage[] {
  const completions = requests
    .flatMap(({ invoke, completion }) => (completion ? [{ invoke, completion }] : []))
    .sort((a, b) => a.completion.index - b.completion.index);
  const found: Outage[] = [];
  let lastOk = 0;
  let current: { from: number; witnesses: HistoryEvent[] } | undefined;
  for (const { invoke, completion } of completions) {
    if (!isServed(completion)) {
      current ??= { from: Math.max(invoke.time, lastOk), witnesses: [] };
      current.witnesses.push(completion);
      continue;
    }
    if (current) found.push({ ...current, to: completion.time });
    current = undefined;
    lastOk = completion.time;
  }
  const end = completions.at(-1)?.completion.time;
  if (current && end !== undefined) found.push({ ...current, to: end });
  return found;
}

function longest(found: readonly Outage[]): Outage | undefined {
  return found.reduce<Outage | undefined>(
    (best, outage) => (best === undefined || outage.to - outage.from > best.to - best.from ? outage : best),
    undefined,
  );
}
