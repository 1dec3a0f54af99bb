import { setMaxListeners } from "node:events";
import { signToken } from "../topology/token.ts";
import { madeBy } from "../util/call.ts";
import { type Duration, milliseconds } from "../util/duration.ts";
import { UsageError } from "../util/errors.ts";
import { seededRandom } from "../util/random.ts";
import type { Surroundings } from "./attempts.ts";
import { Balancer } from "./balancer.ts";
import { readFinally } from "./final-reads.ts";
import { arrivals, assertRate } from "./open-loop.ts";
import { newUserRecord, record, type UserPlan, type UserRecord } from "./recording-user.ts";
import { bytesOfMs, loadSpeech } from "./speech.ts";
import { SttClient } from "./stt-client.ts";
import type { RunningWorkload, Workload, WorkloadContext } from "./workload.ts";

export interface TranscriptionsOptions {
  /** New recordings a second. */
  readonly rate: number;
  /** Chunks of a recording (default 6). */
  readonly chunks?: number;
  /** Audio of a chunk, which is also the time between two (default 250 ms). */
  readonly chunk?: Duration;
  /** Time between two polls of the status (default 500 ms). */
  readonly poll?: Duration;
  /** The share of users who record over STOMP, the others by HTTP (default 0). */
  readonly stomp?: number;
  /** Time between two signs of life that a user sends while it records (default 1 s). */
  readonly heartbeat?: Duration;
  /**
   * Whether requests by HTTP go only to instances that say that they are ready, as a load balancer sends them (default false: to
   * all in turn, as if it did not know).
   */
  readonly balanced?: boolean;
  /** The share of users who fall silent before their last chunk, and wait for what becomes of the others (default 0). */
  readonly silent?: number;
  /** How long the users under way may take to end after the stop (default 60 s). */
  readonly drainWithin?: Duration;
  /** Real speech, a WAV of 16 kHz mono 16 bit (default: the one in scenarios/audio). */
  readonly audio?: string | URL;
}

const SPEECH = new URL("../../scenarios/audio/sense-and-sensibility.wav", import.meta.url);
/** Recordings belong to so many people. */
const SUBJECTS = 20;

const CONNECTIONS_PER_INSTANCE = 64;

/**
 * Recordings of real speech at a constant rate, whatever the service does (open loop): the k-th user wants to start at
 * k / rate, and a late start keeps that time. See {@link record} for what a user does.
 */
export function transcriptions(options: TranscriptionsOptions): Workload<TranscriptionStats> {
  const settings = {
    rate: options.rate,
    chunks: options.chunks ?? 6,
    chunkMs: milliseconds(options.chunk ?? "250ms"),
    pollMs: milliseconds(options.poll ?? "500ms"),
    stomp: options.stomp ?? 0,
    heartbeatMs: milliseconds(options.heartbeat ?? "1s"),
    drainMs: milliseconds(options.drainWithin ?? "60s"),
    silent: options.silent ?? 0,
    balanced: options.balanced ?? false,
    audio: options.audio ?? SPEECH,
  };
  assertRate("transcriptions", settings.rate);
  if (!(Number.isInteger(settings.chunks) && settings.chunks > 0 && bytesOfMs(settings.chunkMs) > 0)) {
    throw new UsageError("transcriptions: a recording needs at least one chunk, and a chunk some audio");
  }
  for (const share of ["stomp", "silent"] as const) {
    if (!(settings[share] >= 0 && settings[share] <= 1))
      throw new UsageError(`transcriptions: ${share} is a share from 0 to 1, not ${settings[share]}`);
  }
  if (settings.silent > 0 && settings.chunks < 2)
    throw new UsageError(
      "transcriptions: who falls silent has sent a chunk before, so a recording needs two",
    );
  const silent = settings.silent > 0 ? `, ${Math.round(settings.silent * 100)} % of them never finished` : "";
  const overStomp = settings.stomp > 0 ? `, ${Math.round(settings.stomp * 100)} % of them over STOMP` : "";
  return {
    name: "transcriptions",
    description: `${settings.rate} recordings a second, of ${settings.chunks} chunks of ${settings.chunkMs} ms each${overStomp}${silent}`,
    rate: settings.rate,
    atRate: (rate) => transcriptions({ ...options, rate }),
    ...madeBy("transcriptions", options),
    start: (context) => new RunningTranscriptions(settings, context),
  };
}

interface Settings {
  readonly rate: number;
  readonly chunks: number;
  readonly chunkMs: number;
  readonly pollMs: number;
  readonly stomp: number;
  readonly heartbeatMs: number;
  readonly drainMs: number;
  readonly silent: number;
  readonly balanced: boolean;
  readonly audio: string | URL;
}

/** Counts of users (each records one recording). */
export type TranscriptionStats = Readonly<{
  started: number;
  /** Their conversion was acknowledged. */
  accepted: number;
  /** They saw COMPLETED, or FAILED. */
  completed: number;
  failed: number;
  /** A start without an answer: a recording may exist that nobody knows. */
  indeterminate: number;
  /** The service refused a request for good. */
  refused: number;
  active: number;
}>;

class RunningTranscriptions implements RunningWorkload<TranscriptionStats> {
  readonly #settings: Settings;
  readonly #context: WorkloadContext;
  readonly #surroundings: Surroundings;
  readonly #users: UserRecord[] = [];
  readonly #active = new Set<Promise<void>>();
  readonly #client: SttClient;
  readonly #balancer: Balancer | undefined;
  /** Ends the schedule; users go on. */
  readonly #stop = new AbortController();
  /** Ends the users. */
  readonly #end = new AbortController();
  readonly #schedule: Promise<void>;
  /** The first unexpected error of a user. */
  #broken: { error: unknown } | undefined;

  constructor(settings: Settings, context: WorkloadContext) {
    this.#settings = settings;
    this.#context = context;
    if (context.services.length === 0)
      throw new UsageError("transcriptions: the topology has no instance of the service");
    const planUser = userPlans(settings, context);
    this.#client = new SttClient(context.services, { connections: CONNECTIONS_PER_INSTANCE });
    const signal = AbortSignal.any([context.signal, this.#end.signal]);
    setMaxListeners(0, signal); // every user waits on it
    const { history, services, clock } = context;
    this.#balancer = settings.balanced ? new Balancer(services, clock) : undefined;
    this.#surroundings = {
      ...{ history, services, clock, signal, client: this.#client },
      ...(this.#balancer === undefined ? {} : { balancer: this.#balancer }),
    };
    this.#schedule = this.#launchUsers(planUser);
  }

  stop(): void {
    this.#stop.abort();
  }

  async drained(): Promise<void> {
    this.stop();
    const settled = new AbortController();
    const all = this.#schedule.then(async () => {
      await Promise.all(this.#active);
      settled.abort();
    });
    await this.#context.clock
      .sleep(this.#settings.drainMs, AbortSignal.any([settled.signal, this.#context.signal]))
      .catch(() => undefined);
    this.#end.abort(new Error("the drain time is over"));
    await all;
    if (this.#broken) throw this.#broken.error;
  }

  async finalReads(): Promise<void> {
    await readFinally(this.#context, this.#users);
  }

  stats(): TranscriptionStats {
    const count = (matches: (user: UserRecord) => boolean) => this.#users.filter(matches).length;
    return {
      started: this.#users.length,
      accepted: count(({ accepted }) => accepted),
      completed: count(({ state }) => state === "COMPLETED"),
      failed: count(({ state }) => state === "FAILED"),
      indeterminate: this.#users.reduce((sum, { indeterminate }) => sum + indeterminate, 0),
      refused: count(({ refused }) => refused),
      active: this.#active.size,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    this.#end.abort(new Error("the workload is over"));
    await this.#schedule;
    await Promise.all(this.#active);
    await this.#balancer?.[Symbol.asyncDispose]();
    await this.#client[Symbol.asyncDispose]();
  }

  /** Starts each user at its time, never waiting for one. */
  async #launchUsers(planUser: UserPlanner): Promise<void> {
    const { history, clock, signal } = this.#context;
    const over = AbortSignal.any([this.#stop.signal, this.#end.signal, signal]);
    await arrivals(this.#settings.rate, { history, clock, signal: over }, ({ number, intended }) =>
      this.#launch(planUser, number, intended),
    );
  }

  #launch(planUser: UserPlanner, number: number, intended: number): void {
    const life = planUser(number, intended)
      .then((plan) => {
        const user = newUserRecord(plan);
        this.#users.push(user);
        return record(user, this.#surroundings);
      })
      .catch((error: unknown) => {
        if (!this.#surroundings.signal.aborted) this.#broken ??= { error };
      })
      .finally(() => this.#active.delete(life));
    this.#active.add(life);
  }
}

type UserPlanner = (number: number, intended: number) => Promise<UserPlan>;

/** Plans users: whom they are, what they say. The same seed, the same plans. */
function userPlans(settings: Settings, context: WorkloadContext): UserPlanner {
  const speech = loadSpeech(settings.audio);
  const chunkBytes = bytesOfMs(settings.chunkMs);
  if (settings.chunks * chunkBytes > speech.bytes) {
    throw new UsageError(
      `transcriptions: ${settings.chunks} chunks of ${settings.chunkMs} ms are longer than the speech ${settings.audio}`,
      "Chunks of a recording must differ: use fewer or shorter ones, or a longer speech.",
    );
  }
  const tokens = new Map<string, Promise<string>>();
  const tokenOf = (subject: string) => {
    const token = tokens.get(subject) ?? signToken(context.jwtSecret, subject, ["stt:read", "stt:write"]);
    tokens.set(subject, token);
    return token;
  };
  return async (number, intended) => {
    const random = seededRandom(context.seed + number);
    const { before, isOne: stomp } = oneOfShare(settings.stomp, number);
    return {
      number,
      intended,
      // Those over STOMP, who stay where they are, go to all instances alike.
      turn: stomp ? before : number,
      stomp,
      silent: oneOfShare(settings.silent, number).isOne,
      token: await tokenOf(`user-${number % SUBJECTS}`),
      chunks: speech.chunks(random(), settings.chunks, chunkBytes),
      chunkMs: settings.chunkMs,
      pollMs: settings.pollMs,
      heartbeatMs: settings.heartbeatMs,
      random,
    };
  };
}

/**
 * Whether the k-th user is one of a share of them, and how many were before. As evenly as the share allows, whatever the
 * seed: one in two is every other.
 */
function oneOfShare(share: number, number: number): { before: number; isOne: boolean } {
  const before = Math.floor(number * share);
  return { before, isOne: Math.floor((number + 1) * share) > before };
}
