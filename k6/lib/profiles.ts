import type { RampingArrivalRateScenario, Scenario, Stage } from "k6/options";
import type { Profile, Settings } from "./settings.ts";

/** A profile as k6's scenario, and what it means in arrivals. */
export interface Shape {
  readonly scenario: Scenario;
  /** Arrivals that the open model makes in all; undefined in the closed one, where the service decides that. */
  readonly arrivals: number | undefined;
}

/** A ramp of users: from `startVUs` through each stage. */
interface Ramp {
  readonly startVUs: number;
  readonly stages: readonly Stage[];
}

/** Iterations under way at the end may end by themselves for so long. */
const gracefulStop = "60s";

const second = 1_000;

/**
 * The shape of a profile. The closed one has the users, the open one as many arrivals as those users would make on a
 * service that is well: by Little's law, users / seconds of an iteration.
 * @param iterationSeconds how long an iteration takes then.
 */
export function shapeOf(
  settings: Pick<Settings, "profile" | "model" | "duration" | "maxRate" | "scale">,
  iterationSeconds: number,
): Shape {
  const { profile, scale } = settings;
  if (profile === "breakpoint") return breakpoint(settings, iterationSeconds);
  if (profile === "smoke") return settings.model === "open" ? openSmoke(iterationSeconds) : closedSmoke;
  const { startVUs, stages } = ramps(settings.duration)[profile];
  const ramp = { startVUs, stages: scaled(stages, scale) };
  return settings.model === "open" ? openRamp(ramp, iterationSeconds) : closedRamp(ramp);
}

const ramps = (soak = "1h"): Readonly<Record<Exclude<Profile, "smoke" | "breakpoint">, Ramp>> => ({
  load: {
    startVUs: 1,
    stages: [
      { duration: "30s", target: 10 },
      { duration: "2m", target: 10 },
      { duration: "30s", target: 0 },
    ],
  },
  stress: {
    startVUs: 1,
    stages: [
      { duration: "30s", target: 50 },
      { duration: "1m", target: 100 },
    ],
  },
  spike: {
    startVUs: 5,
    stages: [
      { duration: "30s", target: 5 },
      { duration: "5s", target: 100 },
      { duration: "30s", target: 100 },
      { duration: "5s", target: 5 },
      { duration: "1m", target: 5 },
    ],
  },
  soak: {
    startVUs: 1,
    stages: [
      { duration: "2m", target: 10 },
      { duration: soak, target: 10 },
      { duration: "2m", target: 0 },
    ],
  },
});

const closedSmoke: Shape = {
  scenario: { executor: "shared-iterations", vus: 1, iterations: 3, maxDuration: "5m", gracefulStop },
  arrivals: undefined,
};

function openSmoke(iterationSeconds: number): Shape {
  const arrivals = 3;
  return {
    scenario: {
      executor: "constant-arrival-rate",
      rate: 1,
      timeUnit: `${iterationSeconds}s`,
      duration: `${arrivals * iterationSeconds}s`,
      preAllocatedVUs: arrivals,
      gracefulStop,
    },
    arrivals,
  };
}

/** The same in another time. The smoke test has no times to scale. */
function scaled(stages: readonly Stage[], scale: number): Stage[] {
  return stages.map(({ duration, target }) => ({
    duration: scale === 1 ? duration : `${Math.round(scale * millisecondsOf(duration))}ms`,
    target,
  }));
}

function closedRamp({ startVUs, stages }: Ramp): Shape {
  return {
    scenario: {
      executor: "ramping-vus",
      startVUs,
      stages: [...stages],
      gracefulRampDown: gracefulStop,
      gracefulStop,
    },
    arrivals: undefined,
  };
}

function openRamp({ startVUs, stages }: Ramp, iterationSeconds: number): Shape {
  const aMinute = (users: number) => Math.round((60 * users) / iterationSeconds);
  const mostUsers = Math.max(...stages.map(({ target }) => target));
  return arrivalRamp({
    timeUnit: "1m",
    startRate: aMinute(startVUs),
    stages: stages.map(({ duration, target }) => ({ duration, target: aMinute(target) })),
    ...usersFor(mostUsers),
  });
}

/** From one arrival a second upwards, until a threshold breaks: always open, for a closed load gives way to a slow service. */
function breakpoint(
  { duration = "10m", maxRate, scale }: Pick<Settings, "duration" | "maxRate" | "scale">,
  iterationSeconds: number,
): Shape {
  return arrivalRamp({
    timeUnit: "1s",
    startRate: 1,
    stages: scaled([{ duration, target: maxRate }], scale),
    ...usersFor(Math.ceil(maxRate * iterationSeconds)),
  });
}

/** Users at hand: as many as a well service needs; and up to three times, for a slow one. */
const usersFor = (users: number) => ({ preAllocatedVUs: users, maxVUs: 3 * users });

type Arrivals = Required<
  Pick<RampingArrivalRateScenario, "startRate" | "timeUnit" | "stages" | "preAllocatedVUs" | "maxVUs">
>;

function arrivalRamp(ramp: Arrivals): Shape {
  return {
    scenario: { executor: "ramping-arrival-rate", ...ramp, gracefulStop },
    arrivals: arrivalsOf(ramp),
  };
}

function arrivalsOf({ startRate, timeUnit, stages }: Arrivals): number {
  let from = startRate;
  let sum = 0;
  for (const { duration, target } of stages) {
    sum += ((from + target) / 2) * (millisecondsOf(duration) / millisecondsOf(timeUnit));
    from = target;
  }
  return Math.round(sum);
}

/** Arrivals a second that a ramp of arrivals wants at a time; undefined of other scenarios. @param elapsedMs since its beginning. */
export function rateAt(scenario: Scenario, elapsedMs: number): number | undefined {
  if (scenario.executor !== "ramping-arrival-rate") return undefined;
  const unit = millisecondsOf(scenario.timeUnit ?? "1s") / second;
  let from = scenario.startRate ?? 0;
  let left = elapsedMs;
  for (const { duration, target } of scenario.stages) {
    const length = millisecondsOf(duration);
    if (left < length) return (from + ((target - from) * left) / length) / unit;
    left -= length;
    from = target;
  }
  return from / unit;
}

/** How long a scenario lasts without its graceful stop, ms; for shared iterations: at most. */
export function lengthOf(scenario: Scenario): number {
  switch (scenario.executor) {
    case "ramping-vus":
    case "ramping-arrival-rate":
      return scenario.stages.reduce((sum, { duration }) => sum + millisecondsOf(duration), 0);
    case "constant-arrival-rate":
    case "constant-vus":
      return millisecondsOf(scenario.duration);
    default:
      return millisecondsOf(scenario.maxDuration ?? "10m");
  }
}

/** A duration in k6's notation ("1h30m", "500ms"), in ms. @throws Error when it is none. */
export function millisecondsOf(duration: string): number {
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: second, ms: 1 };
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== duration)
    throw new Error(`${JSON.stringify(duration)} is no duration`);
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ""] ?? 0), 0);
}
