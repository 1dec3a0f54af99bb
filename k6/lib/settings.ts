/** What a script is told by `-e NAME=value`, or by the environment. */
export interface Settings {
  readonly profile: Profile;
  readonly model: Model;
  /** Thresholds ten times tighter. */
  readonly strict: boolean;
  /** Of the HTTP interface, without a slash at the end. */
  readonly baseUrl: string;
  readonly wsUrl: string;
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
  const baseUrl = url(environment, "BASE_URL", /^https?:\/\/./) ?? "http://localhost:8080";
  return {
    profile: oneOf(environment, "PROFILE", profiles, "load"),
    model: oneOf(environment, "MODEL", models, "closed"),
    strict: oneOf(environment, "STRICT", ["0", "1"], "0") === "1",
    baseUrl,
    wsUrl: url(environment, "WS_URL", /^wss?:\/\/./) ?? `${baseUrl.replace(/^http/, "ws")}/ws`,
    token: given(environment, "TOKEN"),
    secret: given(environment, "STT_JWT_SECRET"),
    chunks: wholeNumber(environment, "CHUNKS", 6),
    chunkMs: wholeNumber(environment, "CHUNK_MS", 250),
    duration: duration(environment, "DURATION"),
    maxRate: wholeNumber(environment, "MAX_RATE", 50),
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

function url(environment: Environment, name: string, form: RegExp): string | undefined {
  const value = given(environment, name);
  if (value !== undefined && !form.test(value))
    throw new Error(`${name}=${value}: no such URL (${form.source})`);
  return value?.replace(/\/+$/, "");
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
