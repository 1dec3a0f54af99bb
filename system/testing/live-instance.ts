import { promisify } from "node:util";
import { ulid } from "ulid";
import { createApp } from "../api/app.ts";
import { TokenVerifier } from "../api/auth.ts";
import { recordingRoutes } from "../api/recording-routes.ts";
import { type HttpServer, listen } from "../api/server.ts";
import type { LiveConfig } from "../config.ts";
import type { Status } from "../contract/status.ts";
import { Heartbeats } from "../coordination/heartbeats.ts";
import { RecentChanges } from "../coordination/recent-changes.ts";
import { RedisConnection } from "../coordination/redis.ts";
import { StatusCache } from "../coordination/status-cache.ts";
import { serveLive } from "../live/live.ts";
import { Recordings } from "../pipeline/recordings.ts";
import { Database } from "../storage/database.ts";
import { DirectoryAudioStore } from "../storage/directory-audio-store.ts";
import { migrate } from "../storage/migrations.ts";
import { StatusFeed } from "../storage/status-feed.ts";
import { type Findings, Transcriptions } from "../storage/transcriptions.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { tokenFor } from "./factory.ts";
import { wideBounds } from "./stomp-session.ts";

const secret = "a secret for the tests of the live interface";

export interface LiveInstanceOptions {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly audioDir: string;
  readonly live?: Partial<LiveConfig>;
  /** Default: the one of {@link LiveInstance.tokenFor}. */
  readonly jwtSecret?: string;
}

/**
 * What of an instance of the service faces its users, within the test's process: HTTP, STOMP, recordings. No pipeline: the
 * test moves recordings on itself ({@link advance}). Several on one database are several instances.
 */
export class LiveInstance implements AsyncDisposable {
  readonly baseUrl: string;
  readonly recordings: Recordings;
  readonly metrics: Metrics;
  readonly #database: Database;
  readonly #transcriptions: Transcriptions;
  readonly #server: HttpServer;
  readonly #stack: AsyncDisposableStack;

  static async start({
    databaseUrl,
    redisUrl,
    audioDir,
    live,
    jwtSecret = secret,
  }: LiveInstanceOptions): Promise<LiveInstance> {
    await using startup = new AsyncDisposableStack();
    const logger = createLogger("live-test", "silent");
    const metrics = createMetrics("live-test");
    const database = startup.use(new Database(databaseUrl, 5, logger));
    await migrate(database);
    const redis = startup.use(new RedisConnection({ kind: "single", url: redisUrl }, logger, metrics));
    const transcriptions = new Transcriptions("live-test");
    const feed = startup.use(new StatusFeed(database, logger));
    const changes = new RecentChanges(feed);
    const recordings = new Recordings({
      database,
      transcriptions,
      audio: new DirectoryAudioStore(audioDir),
      cache: new StatusCache(redis, changes, metrics),
      heartbeats: new Heartbeats(redis, 30_000),
      newId: () => ulid(),
    });
    const routes = recordingRoutes(recordings);
    const tokens = new TokenVerifier({ secret: jwtSecret });
    const app = createApp({
      routes,
      tokens,
      rateLimiter: null,
      healthChecks: { database: () => database.query("select 1") },
      draining: () => false,
      logger,
      metrics,
    });
    const server = startup.use(await listen(app, { host: "127.0.0.1", port: 0 }));
    const config = { ...wideBounds, ...live };
    startup.use(
      serveLive(server.node, { config, routes, tokens, database, transcriptions, feed, logger, metrics }),
    );
    return new LiveInstance({ server, recordings, metrics, database, transcriptions }, startup.move());
  }

  private constructor(
    parts: {
      server: HttpServer;
      recordings: Recordings;
      metrics: Metrics;
      database: Database;
      transcriptions: Transcriptions;
    },
    stack: AsyncDisposableStack,
  ) {
    this.baseUrl = `http://127.0.0.1:${parts.server.address.port}`;
    this.#server = parts.server;
    this.recordings = parts.recordings;
    this.metrics = parts.metrics;
    this.#database = parts.database;
    this.#transcriptions = parts.transcriptions;
    this.#stack = stack;
  }

  /** A token that every instance accepts. */
  static tokenFor(subject: string, scope?: string): Promise<string> {
    return tokenFor(subject, secret, scope);
  }

  /** Does what a stage of the pipeline does: changes the status, as a transaction of this instance. */
  async advance(id: string, to: Status, findings: Findings = {}): Promise<void> {
    await this.#database.transaction(async (tx) => {
      const row = await this.#transcriptions.lock(tx, id);
      if (!row) throw new Error(`there is no recording ${id}`);
      await this.#transcriptions.transition(tx, row, to, findings);
    });
  }

  /** Connections of clients, by the operating system's sockets. */
  openSockets(): Promise<number> {
    return promisify(this.#server.node.getConnections.bind(this.#server.node))();
  }

  /** The value of a metric, by its labels. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const found = (await this.metrics.registry.getMetricsAsJSON()).find((metric) => metric.name === name);
    const values = (found?.values ?? []).filter(({ labels: given }) =>
      Object.entries(labels).every(([label, value]) => given[label] === value),
    );
    return values.reduce((sum, { value }) => sum + value, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
