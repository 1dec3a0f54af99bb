import type { Sample } from "../report/record.ts";
import { formatDuration } from "../util/duration.ts";
import { anomaly, resultOf } from "./result.ts";
import type { SampleChecker } from "./sample-checker.ts";
import type { Anomaly } from "./verdict.ts";

export interface ConsumerGroupOptions {
  readonly group: string;
  /** How many members it is to be seen settled with, in this order; what it is in between does not matter. */
  readonly sizes: readonly number[];
  /** Its lag, over all topics, is to be seen to reach so many records, and to fall again to so many. */
  readonly lag?: { readonly reaches: number; readonly fallsTo: number };
}

/** The group at a moment, as its coordinator told it. */
interface View {
  readonly time: number;
  readonly members: number;
  /** Every partition has a member, and no member has two more than another; or there is nobody. */
  readonly settled: boolean;
}

/**
 * What an operator sees of a consumer group from outside: who is in it, who has what, and how far it is behind. `size-not-seen`: it
 * was not seen settled with so many members in its turn; `lag-not-seen` and `lag-stayed`. A rebalance that leaves partitions to nobody, or nearly all to one, is not settled. No samples of the group: inconclusive.
 */
export function consumerGroup(options: ConsumerGroupOptions): SampleChecker {
  return {
    name: "consumer-group",
    checkSamples(samples) {
      const { group, sizes } = options;
      const ofGroup = samples.filter(({ labels }) => labels?.group === group);
      const views = viewsOf(ofGroup);
      const unsettledMs = longestUnsettled(views);
      const lag = options.lag && judgeLag(ofGroup, options.lag);
      return resultOf("consumer-group", {
        anomalies: [...judgeSizes(group, views, sizes), ...(lag?.anomalies ?? [])],
        gaps: views.length === 0 ? [`the group ${group} was not sampled`] : [],
        passedReason:
          `${group} was seen with ${sizes.join(", then ")} members, all partitions shared evenly, ` +
          `and unsettled for ${formatDuration(unsettledMs)} at most${lag === undefined ? "" : `; its lag reached ${lag.peak}`}`,
        counts: {
          views: views.length,
          "settled views": views.filter(({ settled }) => settled).length,
          "longest unsettled (ms)": Math.round(unsettledMs),
          ...(lag === undefined ? {} : { "peak lag": lag.peak }),
        },
      });
    },
  };
}

function viewsOf(samples: readonly Sample[]): View[] {
  return [...Map.groupBy(samples, ({ time }) => time)].flatMap(([time, atOnce]) => {
    const sampled = (metric: string) => atOnce.find((sample) => sample.metric === metric)?.value;
    const members = sampled("group_members");
    if (members === undefined) return [];
    const shares = atOnce.filter(({ metric }) => metric === "member_partitions").map(({ value }) => value);
    const even = Math.max(...shares) - Math.min(...shares) <= 1;
    return [{ time, members, settled: members === 0 || (sampled("group_unassigned") === 0 && even) }];
  });
}

function judgeSizes(group: string, views: readonly View[], sizes: readonly number[]): Anomaly[] {
  const settled = views.filter((view) => view.settled);
  let from = 0;
  for (const [index, size] of sizes.entries()) {
    const found = settled.findIndex(({ members }, place) => place >= from && members === size);
    if (found < 0) {
      const after = index === 0 ? "" : ` after ${sizes[index - 1]}`;
      const seen = [...new Set(settled.slice(from).map(({ members }) => members))].join(", ");
      const message = `${group} was not seen settled with ${size} members${after}, only with ${seen || "none"}`;
      return [anomaly("size-not-seen", message, [])];
    }
    from = found;
  }
  return [];
}

function longestUnsettled(views: readonly View[]): number {
  let longest = 0;
  let since: number | undefined;
  for (const { time, settled } of views) {
    if (!settled) since ??= time;
    else if (since !== undefined) {
      longest = Math.max(longest, time - since);
      since = undefined;
    }
  }
  const end = views.at(-1)?.time;
  return Math.max(longest, since === undefined || end === undefined ? 0 : end - since) / 1e6;
}

function judgeLag(
  samples: readonly Sample[],
  { reaches, fallsTo }: NonNullable<ConsumerGroupOptions["lag"]>,
): { readonly peak: number; readonly anomalies: Anomaly[] } {
  const byTime = Map.groupBy(
    samples.filter(({ metric }) => metric === "consumer_lag"),
    ({ time }) => time,
  );
  const lags = [...byTime.values()].map((atOnce) => atOnce.reduce((sum, { value }) => sum + value, 0));
  const peak = Math.max(0, ...lags);
  const least = Math.min(...lags.slice(lags.indexOf(peak)));
  if (peak < reaches) {
    const message = `the lag was never seen above ${peak}, though it must have reached ${reaches}`;
    return { peak, anomalies: [anomaly("lag-not-seen", message, [])] };
  }
  if (least <= fallsTo) return { peak, anomalies: [] };
  const message = `the lag reached ${peak} and did not fall below ${least} again; ${fallsTo} is caught up`;
  return { peak, anomalies: [anomaly("lag-stayed", message, [])] };
}
