import { noes } from "../history/user-operations.ts";
import { type Duration, milliseconds } from "../util/duration.ts";
import { UsageError } from "../util/errors.ts";
import { seededRandom } from "../util/random.ts";
import { type Arrival, assertCount, assertRate, OpenLoop } from "./open-loop.ts";
import { RedisRegisters, RegisterError } from "./redis-registers.ts";
import type { RunningWorkload, Workload, WorkloadContext } from "./workload.ts";

export interface CacheUsersOptions {
  /** Operations a second. */
  readonly rate: number;
  /** Registers in use at a time (default 5). */
  readonly keys?: number;
  /** Clients, each with a connection of its own and one operation at a time (default 8). */
  readonly clients?: number;
  /** `register`: reads and writes. `cas-register` (default): compare-and-set, too. */
  readonly model?: "register" | "cas-register";
  /** How long operations may take to be answered after the stop (default 10 s). */
  readonly drainWithin?: Duration;
}

/** Counts of operations. */
export type CacheUsersStats = Readonly<{
  ok: number;
  failed: number;
  /** Writes without an answer. */
  indeterminate: number;
  /** Due, and not begun yet. */
  waiting: number;
}>;

/** A register gives way to a fresh one after so many operations, since a linearizability check costs more with each. */
const operationsPerRegister = 150;

/**
 * Readers and writers of registers in Redis, found by the sentinels, at a constant rate whatever Redis does (open loop).
 * Every value is written once. The history is for the checker `linearizable`, with the model of the same name.
 * @throws UsageError for settings that make no sense.
 */
export function cacheUsers(options: CacheUsersOptions): Workload<CacheUsersStats> {
  const settings: Settings = {
    rate: options.rate,
    keys: options.keys ?? 5,
    clients: options.clients ?? 8,
    cas: (options.model ?? "cas-register") === "cas-register",
    drainMs: milliseconds(options.drainWithin ?? "10s"),
  };
  assertRate("cacheUsers", settings.rate);
  assertCount("cacheUsers", "keys", settings.keys);
  assertCount("cacheUsers", "clients", settings.clients);
  return {
    name: "cache-users",
    description:
      `${settings.rate} operations a second (reads, writes${settings.cas ? ", compare-and-set" : ""}) of ` +
      `${settings.keys} registers by ${settings.clients} clients`,
    start: (context) => {
      const { redis } = context.load;
      if (redis === undefined) throw new UsageError("cacheUsers: the topology has no Redis");
      return new RunningCacheUsers(settings, context, () => new RedisRegisters(redis));
    },
  };
}

interface Settings {
  readonly rate: number;
  readonly keys: number;
  readonly clients: number;
  readonly cas: boolean;
  readonly drainMs: number;
}

/** What a client needs of a store of registers. */
export type Registers = Pick<RedisRegisters, "read" | "write" | "cas"> & Disposable;

interface Client {
  process: number;
  readonly registers: Registers;
}

type Step = { f: "read" } | { f: "write"; value: number } | { f: "cas"; value: [number, number] };

/** The workload under way, over any store of registers. */
export class RunningCacheUsers implements RunningWorkload<CacheUsersStats> {
  readonly #settings: Settings;
  readonly #context: WorkloadContext;
  readonly #connect: () => Registers;
  readonly #random: () => number;
  readonly #loop: OpenLoop;
  readonly #clients: readonly Client[];
  readonly #keys = new Set<string>();
  /** What somebody last read or wrote of each register: what a cas expects. It may be wrong by then. */
  readonly #known = new Map<string, number>();
  readonly #counts = { ok: 0, fail: 0, info: 0 };

  constructor(settings: Settings, context: WorkloadContext, connect: () => Registers) {
    this.#settings = settings;
    this.#context = context;
    this.#connect = connect;
    this.#random = seededRandom(context.seed);
    const { rate, drainMs, clients } = settings;
    this.#clients = Array.from({ length: clients }, () => this.#newClient());
    this.#loop = new OpenLoop(context, {
      ...{ rate, drainMs, clients },
      serve: (arrival) => this.#serve(arrival),
    });
    this.#loop.start();
  }

  stop(): void {
    this.#loop.stop();
  }

  async drained(): Promise<void> {
    await this.#loop.drained();
  }

  /** Every register, read once more by a client with a new connection. */
  async finalReads(): Promise<void> {
    const client = this.#newClient();
    using _registers = client.registers;
    for (const key of this.#keys) {
      for (let tries = 1; !(await this.#operate(client, key, { f: "read" })) && tries < 20; tries++) {
        await this.#context.clock.sleep(250, this.#context.signal);
      }
    }
  }

  stats(): CacheUsersStats {
    const { ok, fail, info } = this.#counts;
    return { ok, failed: fail, indeterminate: info, waiting: this.#loop.stats().waiting };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    for (const { registers } of this.#clients) registers[Symbol.dispose]();
  }

  #newClient(): Client {
    return { process: this.#context.history.newProcess(), registers: this.#connect() };
  }

  async #serve({ number, intended, client: index }: Arrival & { client: number }): Promise<void> {
    const client = this.#clients[index];
    if (client === undefined) return;
    const { keys } = this.#settings;
    const generation = Math.floor(number / (keys * operationsPerRegister));
    const key = `register-${generation}-${Math.floor(this.#random() * keys)}`;
    this.#keys.add(key);
    await this.#operate(client, key, this.#draw(key, number), intended);
  }

  /** Half of all operations are reads. The number of the arrival is the value written, so that each is written once. */
  #draw(key: string, number: number): Step {
    const drawn = this.#random();
    if (drawn < 0.5) return { f: "read" };
    const known = this.#known.get(key);
    if (this.#settings.cas && drawn < 0.75 && known !== undefined)
      return { f: "cas", value: [known, number] };
    return { f: "write", value: number };
  }

  /** @returns whether it ended ok. */
  async #operate(client: Client, key: string, step: Step, intended?: number): Promise<boolean> {
    const { history } = this.#context;
    const value = step.f === "read" ? null : step.value;
    const invocation = history.invoke({
      ...{ f: step.f, key, value, process: client.process },
      ...(intended === undefined ? {} : { intended }),
    });
    try {
      const answer = await perform(client.registers, key, step);
      if (typeof answer.now === "number") this.#known.set(key, answer.now);
      if (answer.took) invocation.ok(answer.value);
      else invocation.fail(noes.differs);
      this.#counts[answer.took ? "ok" : "fail"]++;
      return answer.took;
    } catch (error) {
      if (!(error instanceof RegisterError)) throw error;
      // A read changes nothing, whatever became of it.
      if (error.refused || step.f === "read") {
        invocation.fail(error.message);
        this.#counts.fail++;
      } else {
        invocation.info(error.message);
        this.#counts.info++;
        client.process = history.newProcess();
      }
      return false;
    }
  }
}

/** `took`: whether it did what it was to do; only a cas may not. `now`: what is there then. */
async function perform(
  registers: Registers,
  key: string,
  step: Step,
): Promise<{ took: boolean; value: unknown; now?: number | null }> {
  switch (step.f) {
    case "read": {
      const value = await registers.read(key);
      return { took: true, value, now: value };
    }
    case "write":
      await registers.write(key, step.value);
      return { took: true, value: step.value, now: step.value };
    case "cas": {
      const took = await registers.cas(key, ...step.value);
      return { took, value: step.value, ...(took ? { now: step.value[1] } : {}) };
    }
  }
}
