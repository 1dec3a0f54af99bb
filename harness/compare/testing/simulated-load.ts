import { seededRandom } from "../../util/random.ts";
import { type Side, windowOrder } from "../interleave.ts";
import { summarise, type Window, type WindowStatistics } from "../window.ts";

/** How a simulated service and its machine behave. */
export interface LoadModel {
  /** B's latencies are A's times this. */
  readonly slowdown: number;
  /** The standard deviation, in logarithms, of how slow the machine is; it wanders from window to window. */
  readonly drift: number;
  /** The chance of a window to have a pause (a collection of garbage, a neighbour): what comes within it waits for its end. */
  readonly pauses: number;
  /** How long a pause is, in ms; a request is due every 20 ms. */
  readonly pauseMs: number;
  /** The standard deviation of latencies within a window, in logarithms. */
  readonly spread: number;
  /** The share of B's requests that fail, beyond the 0.2 % that always do. */
  readonly failing: number;
}

/** A machine that is shared and busy at times, but fit to measure on. */
export const ordinary: LoadModel = {
  slowdown: 1,
  drift: 0.08,
  pauses: 0.1,
  pauseMs: 300,
  spread: 0.4,
  failing: 0,
};

const everyMs = 20;
const requests = 500;
const routes = { stt_chunk_duration: 40, stt_status_duration: 8 } as const;

/**
 * Windows of A and B in the order of a seed. Latencies are log-normal; neighbours in a window hang together (AR(1), 0.4), and so do
 * neighbouring windows (AR(1), 0.8).
 * @param order `drawn` by the seed pair by pair, or all of A and then all of B.
 */
export function simulate(
  seed: number,
  pairs: number,
  model: Partial<LoadModel> = {},
  order: "drawn" | "a then b" = "drawn",
): Record<Side, WindowStatistics[]> {
  const whole = { ...ordinary, ...model };
  const random = seededRandom(seed);
  const normal = normals(random);
  const sides =
    order === "drawn"
      ? windowOrder(pairs, seed + 1_000_003)
      : [...Array<Side>(pairs).fill("a"), ...Array<Side>(pairs).fill("b")];
  const windows: Record<Side, WindowStatistics[]> = { a: [], b: [] };
  let level = normal();
  for (const [place, side] of sides.entries()) {
    level = 0.8 * level + 0.6 * normal();
    const slowness = Math.exp(level * whole.drift) * (side === "b" ? whole.slowdown : 1);
    windows[side].push(summarise(simulatedWindow(place, side, slowness, whole, random, normal)));
  }
  return windows;
}

function simulatedWindow(
  place: number,
  side: Side,
  slowness: number,
  { pauses, pauseMs, spread, failing }: LoadModel,
  random: () => number,
  normal: () => number,
): Window {
  const pauseEnds = random() < pauses ? random() * requests * everyMs : Number.NEGATIVE_INFINITY;
  const latencies = new Map<string, number[]>();
  let busyMs = pauseEnds > 0 ? pauseMs : 0;
  for (const [metric, median] of Object.entries(routes)) {
    const samples: number[] = [];
    let memory = normal();
    for (let n = 0; n < requests; n++) {
      memory = 0.4 * memory + Math.sqrt(0.84) * normal();
      const latency = median * slowness * Math.exp(spread * memory);
      const untilEnd = pauseEnds - n * everyMs;
      samples.push(latency + (untilEnd > 0 && untilEnd < pauseMs ? untilEnd : 0));
      busyMs += latency;
    }
    latencies.set(metric, samples);
  }
  let failed = 0;
  const share = 0.002 + (side === "b" ? failing : 0);
  for (let n = 0; n < requests; n++) if (random() < share) failed++;
  const startedAt = 1_700_000_000_000 + place * 60_000;
  return {
    name: `${side}-${place}.json`,
    startedAt,
    endedAt: startedAt + busyMs, // a closed loop: slower requests are fewer a second
    latencies,
    failures: new Map([["http_req_failed", { failed, total: requests }]]),
    iterations: requests,
  };
}

/** Standard normal numbers, two from each round (Box and Muller 1958). */
function normals(random: () => number): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
