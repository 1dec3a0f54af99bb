// Not a test itself: named like one because only tests may use the harness from here (.dependency-cruiser.cjs).
import { ulid } from "ulid";
import type { Damage } from "../../harness/network/network.ts";
import { provision } from "../../harness/provision/provision.ts";
import { ProcessRuntime } from "../../harness/runtime/runtime.ts";
import { stt } from "../../harness/topology/stt.ts";
import type { RunningTopology } from "../../harness/topology/topology.ts";
import type { Address } from "../config.ts";
import { Database } from "../storage/database.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";

/**
 * One broker, one Redis, PostgreSQL, Daglo and one instance of the service, shared by all tests. Tests keep out of each
 * other's way by names of their own: databases, topics, groups, recordings.
 */
const topology = stt({
  kafka: 1,
  redis: "single",
  instances: 1,
  env: { STT_RETRY_DELAY_MS: "200" },
});

/** Whose links the tests use: cutting one leaves the service's own alone. */
const tests = "harness";
export const service = "stt-1";

export const silent: Logger = createLogger("test", "silent");

/** A name that no other test uses. */
export const uniqueName = (prefix: string): string => `${prefix}-${ulid().toLowerCase()}`;

let started: Promise<{ running: RunningTopology; stop: () => Promise<void> }> | undefined;
let users = 0;

async function start(): Promise<{ running: RunningTopology; stop: () => Promise<void> }> {
  await using stack = new AsyncDisposableStack();
  const { signal } = new AbortController();
  const installed = await provision(topology.components, { signal, onProgress: () => {} });
  const runtime = stack.use(
    new ProcessRuntime({ runId: `service-tests-${process.pid}`, command: "tests of the service", signal }),
  );
  const running = stack.use(
    await topology.start({ runtime, installed, signal, step: (_name, work) => work() }),
  );
  const all = stack.move();
  return { running, stop: () => all.disposeAsync() };
}

async function stop(): Promise<void> {
  const servers = started;
  started = undefined;
  await (await servers)?.stop();
}

// For a selection of tests (`mocha -g`), in which not every suite that uses the servers runs.
after(stop);

/**
 * The servers, for a suite: call it in the suite's body. They start with the first suite that needs them and end with
 * the last, so that they do not burden other tests.
 */
export function useServers(): Servers {
  const servers = new Servers();
  users++;
  before(async () => {
    started ??= start();
    servers.set((await started).running);
  });
  after(async () => {
    users--;
    if (users === 0) await stop();
  });
  return servers;
}

export class Servers {
  #running: RunningTopology | undefined;

  set(running: RunningTopology): void {
    this.#running = running;
  }

  get running(): RunningTopology {
    if (!this.#running)
      throw new Error("the servers start in a before hook: use them in hooks and tests only");
    return this.#running;
  }

  get databaseUrl(): string {
    return this.#endpoint("postgres");
  }

  get redisUrl(): string {
    return this.#endpoint("redis");
  }

  get brokers(): Address[] {
    return this.#endpoint("kafka")
      .split(",")
      .map((server) => {
        const [host = "", port] = server.split(":");
        return { host, port: Number(port) };
      });
  }

  /** The URL of a new, empty database. */
  async newDatabase(): Promise<string> {
    const name = uniqueName("test");
    await using database = new Database(this.databaseUrl, 1, silent);
    await database.query(`create database "${name}"`);
    const url = new URL(this.databaseUrl);
    url.pathname = name;
    return url.href;
  }

  /** Until disposed of, `to` refuses connections of `from`, and the present ones are closed. */
  cut(to: string, from: string = tests): Promise<AsyncDisposable> {
    return this.#damage(from, to, { type: "cut" });
  }

  /** Until disposed of, nothing gets through between the tests and `to`, and nobody is told. */
  blackhole(to: string): Promise<AsyncDisposable> {
    return this.#damage(tests, to, { type: "silence", flow: "both" });
  }

  async #damage(from: string, to: string, damage: Damage): Promise<AsyncDisposable> {
    const { network } = this.running;
    const id = uniqueName("damage");
    await network.damage(id, [network.link(from, to)], [damage]);
    return { [Symbol.asyncDispose]: () => network.repair(id) };
  }

  #endpoint(name: string): string {
    const address = this.running.endpoints[name];
    if (address === undefined) throw new Error(`the topology has no ${name}`);
    return address;
  }
}
