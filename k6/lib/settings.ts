/** What a script is told by `-e NAME=value`, or by the environment. */
export interface Settings {
  readonly profile: Profile;
  readonly model: Model;
  /** Thresholds ten times tighter. */
  readonly strict: boolean;
  /** Of the HTTP interface, without a slash at the end: one for each instance, which users take by turns. */
  readonly baseUrls: readonly string[];
  /** Of the live interface, likewise. */
  readonly wsUrls: readonly string[];
  /** Whether who loses the live connection goes on over a new one, as an app would. */
  readonly reconnect: boolean;
  /** A bearer token for all requests. */
  readonly token: string | undefined;
  /** The service's own secret: each virtual user gets a token of its own. */
  readonly secret: string | undefined;
  /** Chunks of a recording. */
  readonly chunks: number;
  /** Audio of a chunk, which is also the time between two, ms. */
  readonly chunkMs: number;
  /** The plateau of `soak`, and the ramp of `breakpoint`, where it is not the profile's own, as k6 writes durations. */
  readonly duration: string | undefined;
  /** Where the ramp of `breakpoint` ends, iterations a second. */
  readonly maxRate: number;
  /** What all times of a profile's shape are multiplied by: its users or arrivals stay. */
  readonly scale: number;
  /** Where the summary is written as JSON too. */
  readonly summary: string | undefined;
}

export const profiles = ["smoke", "load", "stress", "spike", "breakpoint", "soak"] as const;
export type Profile = (typeof profiles)[number];

/**
 * Whether load waits for the service. `closed`: so many users, each of whom begins anew when it has ended, so that a slow
 * service is asked less. `open`: so many arrivals, whatever became of those before
 * (https://grafana.com/docs/k6/latest/using-k6/scenarios/concepts/open-vs-closed/).
 */
export const models = ["closed", "open"] as const;
export type Model = (typeof models)[number];

/** What k6 calls `__ENV`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Without a profile it is `load`, as in `k6 run -e BASE_URL=http://localhost:8080 k6/stt-load.ts`.
 * @throws Error naming the variable, what it is and what it may be.
 */
export function readSettings(environment: Environment): Settings {
  const baseUrls = urls(environment, "BASE_URL", /^https?:\/\/./) ?? ["http://localhost:8080"];
  return {
    profile: oneOf(environment, "PROFILE", profiles, "load"),
    model: oneOf(environment, "MODEL", models, "closed"),
    strict: oneOf(environment, "STRICT", ["0", "1"], "0") === "1",
    baseUrls,
    wsUrls:
      urls(environment, "WS_URL", /^wss?:\/\/./) ??
      baseUrls.map((baseUrl) => `${baseUrl.replace(/^http/, "ws")}/ws`),
    reconnect: oneOf(environment, "RECONNECT", ["0", "1"], "0") === "1",
    token: given(environment, "TOKEN"),
    secret: given(environment, "STT_JWT_SECRET"),
    chunks: wholeNumber(environment, "CHUNKS", 6),
    chunkMs: wholeNumber(environment, "CHUNK_MS", 250),
    duration: duration(environment, "DURATION"),
    maxRate: wholeNumber(environment, "MAX_RATE", 50),
    scale: positive(environment, "SCALE", 1),
    summary: given(environment, "SUMMARY"),
  };
}

/** A variable's value; undefined when it is not set, or empty. */
export function given(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === undefined || value === "" ? undefined : value;
}

function oneOf<Choice extends string>(
  environment: Environment,
  name: string,
  choices: readonly Choice[],
  otherwise: Choice,
): Choice {
  const value = given(environment, name) ?? otherwise;
  const choice = choices.find((one) => one === value);
  if (choice === undefined) throw new Error(`${name}=${value}: it may be ${choices.join(", ")}`);
  return choice;
}

/** One URL, or several with commas between them. */
function urls(environment: Environment, name: string, form: RegExp): string[] | undefined {
  const value = given(environment, name);
  return value?.split(",").map((one) => {
    if (!form.test(one)) throw new Error(`${name}=${value}: no such URL (${form.source})`);
    return one.replace(/\/+$/, "");
  });
}

function positive(environment: Environment, name: string, otherwise: number): number {
  const value = given(environment, name);
  if (value === undefined) return otherwise;
  if (!/^\d{1,4}(\.\d{1,4})?$/.test(value) || Number(value) === 0)
    throw new Error(`${name}=${value}: a number above 0 is needed, such as 0.5`);
  return Number(value);
}

function wholeNumber(environment: Environment, name: string, otherwise: number): number {
  const value = given(environment, name);
  if (value === undefined) return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new Error(`${name}=${value}: a whole number above 0 is needed`);
  return Number(value);
}

function duration(environment: Environment, name: string): string | undefined {
  const value = given(environment, name);
  if (value !== undefined && !/^(\d+h)?(\d+m)?(\d+s)?$/.test(value))
    throw new Error(`${name}=${value}: a duration as k6 writes them is needed, such as 8h or 1h30m`);
  return value;
}

/** One of several, the next one with each turn. */
export function byTurns<T>(all: readonly T[], turn: number): T {
  const one = all[turn % all.length];
  if (one === undefined) throw new Error("there is none to take");
  return one;
}
