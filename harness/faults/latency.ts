import type { Flow, ToxicSpec } from "../network/network.ts";
import { madeBy } from "../util/call.ts";
import { type Duration, milliseconds } from "../util/duration.ts";
import { UsageError } from "../util/errors.ts";
import type { Fault, Target } from "./fault.ts";
import { type FlowOption, linkFault, toxicsFor } from "./link-fault.ts";
import { type Place, roundTrips, shownMs } from "./link-probes.ts";

export interface LatencyOptions extends FlowOption {
  /** Added each way that the flow says, so that `both` adds it twice to a round trip. At least 5 ms. */
  readonly latency: Duration;
  /** How far it varies from one piece of data to the next (default 0): see `distribution`. */
  readonly jitter?: Duration;
  /**
   * `uniform` (the default): evenly within latency ± jitter; the jitter is at most the latency. `normal`: the jitter is the
   * standard deviation, at most half of the latency. There are no longer tails: the proxy draws evenly, and each piece waits
   * for the one before it.
   */
  readonly distribution?: "uniform" | "normal";
}

/** The sum of four even draws is close to normal (Irwin-Hall); its deviation is that of one, ± j, times the root of 4/3. */
const draws = 4;

/**
 * Delays what passes links. Mechanism: the `latency` toxic; the bytes keep their order, and connecting is not delayed,
 * for that is done by the proxy.
 */
export function latency(target: Target, options: LatencyOptions): Fault {
  const { distribution = "uniform", flow = "both" } = options;
  const latencyMs = milliseconds(options.latency);
  const jitterMs = milliseconds(options.jitter ?? 0);
  if (latencyMs < 5) throw new UsageError("latency: less than 5 ms cannot be told from a busy machine's own");
  if (jitterMs > latencyMs / (distribution === "normal" ? 2 : 1)) {
    throw new UsageError(
      `latency: a ${distribution} jitter of ${jitterMs} ms is too much for a latency of ${latencyMs} ms`,
    );
  }
  const ways = flow === "both" ? 2 : 1;
  const toxics =
    distribution === "normal" && jitterMs > 0
      ? parts(latencyMs).map((part) => toxic(part, (jitterMs * Math.sqrt(3)) / 2))
      : [toxic(latencyMs, jitterMs)];
  const reachMs = distribution === "normal" ? jitterMs * 2 * Math.sqrt(3) : jitterMs;
  const range = {
    least: ways * Math.max(0, latencyMs - reachMs),
    mean: ways * latencyMs,
    most: ways * (latencyMs + reachMs),
  };
  return linkFault({
    kind: "latency",
    target,
    ...madeBy("latency", target, options),
    damages: toxics.flatMap((one) => toxicsFor(flow, one)),
    prove: (place) => provenSlow(place, range, flow),
    proveHealed: (place) => provenQuick(place, range.mean),
  });
}

const toxic = (latencyMs: number, jitterMs: number): Omit<ToxicSpec, "stream"> => ({
  type: "latency",
  attributes: { latency: Math.round(latencyMs), jitter: Math.round(jitterMs) },
});

/** A latency in as many whole milliseconds as there are draws. */
const parts = (latencyMs: number): number[] =>
  Array.from(
    { length: draws },
    (_, index) => Math.round((latencyMs * (index + 1)) / draws) - Math.round((latencyMs * index) / draws),
  );

/** What a busy machine may add to the quickest of some answers. */
const slackMs = 100;

async function provenSlow(
  { name, through, direct }: Place,
  { least, mean, most }: { least: number; mean: number; most: number },
  flow: Flow,
): Promise<string> {
  const samples = mean < 500 ? 5 : 2;
  const past = Math.min(...(await roundTrips(direct, samples, { deadlineMs: mean + 2_000 })));
  if (past > mean / 4) {
    throw new Error(`${name}: past the link an answer takes ${shownMs(past)}: too slow itself to tell`);
  }
  const times = await roundTrips(through, samples, { deadlineMs: 2 * most + 2_000 });
  const quickest = Math.min(...times);
  const average = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  // The clocks of two programs may differ by a millisecond in rounding.
  if (quickest < least - 1 || average < mean / 2 || quickest > most + past + slackMs) {
    throw new Error(`${name}: answers take ${shownMs(quickest)}, where about ${shownMs(mean)} were expected`);
  }
  return `${name}: a round trip takes ${shownMs(average)} (quickest ${shownMs(quickest)}), past the link ${shownMs(past)}${flow === "both" ? "" : `, ${flow} only`}`;
}

async function provenQuick({ name, through }: Place, mean: number): Promise<string> {
  const quickest = Math.min(...(await roundTrips(through, 3, { deadlineMs: 2 * mean + 2_000 })));
  if (quickest > mean / 2) throw new Error(`${name}: a round trip still takes ${shownMs(quickest)}`);
  return `${name}: a round trip takes ${shownMs(quickest)}`;
}
