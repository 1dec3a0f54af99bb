import { randomUUID } from "node:crypto";
import { ulid } from "ulid";
import { createApp } from "./api/app.ts";
import { TokenVerifier } from "./api/auth.ts";
import { deadLetterRoutes } from "./api/dead-letter-routes.ts";
import { RateLimiter } from "./api/rate-limit.ts";
import { recordingRoutes } from "./api/recording-routes.ts";
import { listen } from "./api/server.ts";
import type { Address, ServiceConfig } from "./config.ts";
import {
  consumedRetryTopics,
  consumerGroups,
  type RetryingStage,
  stageTopics,
  topicSpecs,
} from "./contract/topics.ts";
import { Heartbeats } from "./coordination/heartbeats.ts";
import { ProcessorLocks } from "./coordination/processor-lock.ts";
import { RecentChanges } from "./coordination/recent-changes.ts";
import { RedisConnection } from "./coordination/redis.ts";
import { StatusCache } from "./coordination/status-cache.ts";
import { serveLive } from "./live/live.ts";
import { createMessaging } from "./messaging/create.ts";
import { createMessagingHooks } from "./messaging/hooks.ts";
import type { MessageHandler, Messaging, Subscription } from "./messaging/messaging.ts";
import { publishDeadlines } from "./messaging/settings.ts";
import { DeadLetters } from "./pipeline/dead-letters.ts";
import { encodingHandler } from "./pipeline/encoding.ts";
import { summaryJob, transcriptionJob } from "./pipeline/jobs.ts";
import { Recordings, type RecordingsApi } from "./pipeline/recordings.ts";
import { Relay } from "./pipeline/relay.ts";
import { SilenceWatcher } from "./pipeline/silence-watcher.ts";
import { UpstreamStage } from "./pipeline/upstream-stage.ts";
import { WorkLimit } from "./pipeline/work-limit.ts";
import { Daglo } from "./provider/daglo.ts";
import type { SpeechProvider } from "./provider/speech-provider.ts";
import { createAudioStore } from "./storage/create-audio-store.ts";
import { Database } from "./storage/database.ts";
import { migrate } from "./storage/migrations.ts";
import { NotificationListener } from "./storage/notification-listener.ts";
import { Outbox } from "./storage/outbox.ts";
import { StatusFeed } from "./storage/status-feed.ts";
import { Transcriptions } from "./storage/transcriptions.ts";
import { systemClock } from "./telemetry/clock.ts";
import { startDiagnostics } from "./telemetry/diagnostics.ts";
import { createLogger, type Logger } from "./telemetry/logger.ts";
import { createMetrics, watchPool } from "./telemetry/metrics.ts";
import { startTracing } from "./telemetry/otlp.ts";

/** A running instance. Disposing drains it: nothing that was begun is cut off, nothing new is begun. */
export interface Service extends AsyncDisposable {
  readonly address: Address;
}

/** Parts of the service that may be wrapped or replaced, to break it on purpose. */
export interface Overrides {
  readonly database?: (real: Database) => Database;
  readonly messaging?: (real: Messaging) => Messaging;
  readonly provider?: (real: SpeechProvider) => SpeechProvider;
  readonly cache?: (real: StatusCache, redis: RedisConnection) => StatusCache;
  readonly transcriptions?: (real: Transcriptions, cache: StatusCache) => Transcriptions;
  readonly recordings?: (real: RecordingsApi) => RecordingsApi;
}

/**
 * Starts an instance. Resolves when it listens; what it depends on may still be coming up then, which
 * `/health/ready` tells. Whatever is down is waited for, at start as later.
 */
export async function startService(config: ServiceConfig, overrides: Overrides = {}): Promise<Service> {
  await using startup = new AsyncDisposableStack();
  const logger = createLogger(config.instance, config.logLevel);
  const metrics = createMetrics(config.instance);
  const { instance, diagnosticsFolder } = config;
  if (diagnosticsFolder) {
    startup.use(startDiagnostics({ folder: diagnosticsFolder, instance }, metrics, logger));
  }
  if (config.tracing) startup.use(await startTracing(config.tracing, config.instance, logger));

  const realDatabase = startup.use(new Database(config.databaseUrl, config.databasePool, logger));
  const database = overrides.database?.(realDatabase) ?? realDatabase;
  watchPool(metrics, () => database.usage());
  const redis = startup.use(new RedisConnection(config.redis, logger, metrics));
  const daglo = startup.use(new Daglo(config.daglo, metrics));
  const provider = overrides.provider?.(daglo) ?? daglo;
  const hooks = createMessagingHooks(logger, metrics, config.kafka.client);
  const realMessaging = startup.use(
    await createMessaging(
      { config: config.kafka, clientId: config.instance, logger, hooks },
      publishDeadlines(config.publishTimeoutMs),
    ),
  );
  const messaging = overrides.messaging?.(realMessaging) ?? realMessaging;

  const audio = startup.use(await createAudioStore(config.audio));
  const feed = startup.use(new StatusFeed(database, logger));
  const realCache = new StatusCache(redis, new RecentChanges(feed), metrics);
  const cache = overrides.cache?.(realCache, redis) ?? realCache;
  const realTranscriptions = new Transcriptions(config.instance);
  const transcriptions = overrides.transcriptions?.(realTranscriptions, cache) ?? realTranscriptions;
  const heartbeats = new Heartbeats(redis, config.heartbeatTtlMs);
  const newId = () => ulid();
  const realRecordings = new Recordings({ database, transcriptions, audio, cache, heartbeats, newId });
  const recordings = overrides.recordings?.(realRecordings) ?? realRecordings;

  const deadLetters = new DeadLetters({ database, transcriptions, cache, logger, metrics });
  const stages = { database, transcriptions, cache, clock: systemClock, logger, metrics };
  const encodings = new WorkLimit("encoding", config.encodingConcurrency, metrics);
  const upstream = {
    ...stages,
    limit: new WorkLimit("upstream", config.daglo.concurrency, metrics),
    locks: new ProcessorLocks(redis, metrics, config.instance),
    retry: config.retry,
  };
  const processing = new UpstreamStage(transcriptionJob(provider, audio), upstream);
  const summarizing = new UpstreamStage(summaryJob(provider), upstream);

  const relayHolder = `${config.instance}/${randomUUID()}`;
  const work = new BackgroundWork(logger, async (stack, progress) => {
    await untilDone("the database schema", () => migrate(database), progress, logger);
    progress.migrated = true;
    const specs = topicSpecs(config.retry);
    await untilDone("the topics", () => messaging.ensureTopics(specs), progress, logger);
    await untilDone("the audio store", () => audio.check(), progress, logger);

    const relay = stack.use(new Relay(new Outbox(database), messaging, relayHolder, logger, metrics));
    const wake = () => relay.wake();
    stack.use(
      new NotificationListener(database, "stt_outbox", { onNotification: wake, onListening: wake }, logger),
    );
    stack.use(new SilenceWatcher(recordings, config.heartbeatTtlMs, logger, metrics));
    const subscribe = async (group: string, handlers: Readonly<Record<string, MessageHandler>>) => {
      const topics = Object.keys(handlers);
      const subscription = await messaging.subscribe({ group, topics, handler: byTopic(handlers) });
      progress.subscriptions.set(group, subscription);
    };
    stack.defer(async () => {
      const subscriptions = [...progress.subscriptions.values()];
      await Promise.all(subscriptions.map((subscription) => subscription[Symbol.asyncDispose]()));
    });
    await subscribe(consumerGroups.stages, {
      [stageTopics.encoding]: encodingHandler({ ...stages, limit: encodings, audio }),
      [stageTopics.processing]: processing.handler(),
      [stageTopics.summarizing]: summarizing.handler(),
    });
    const retries = (stage: RetryingStage, handler: MessageHandler) =>
      consumedRetryTopics(stage, config.retry).map((topic) => [topic, handler] as const);
    await subscribe(
      consumerGroups.retries,
      Object.fromEntries([
        ...retries("processing", processing.retryHandler()),
        ...retries("summarizing", summarizing.retryHandler()),
      ]),
    );
  });
  startup.use(work);

  const tokens = new TokenVerifier(config.jwt);
  const joined = (group: string) => () => work.progress.subscriptions.get(group)?.joined() ?? false;
  const routes = recordingRoutes(recordings);
  const app = createApp({
    routes: [...routes, ...deadLetterRoutes(deadLetters)],
    tokens,
    rateLimiter:
      config.rateLimitPerMinute > 0 ? new RateLimiter(config.rateLimitPerMinute, redis, metrics) : null,
    healthChecks: {
      database: () => database.query("select 1"),
      schema: () => work.progress.migrated,
      "kafka-producer": () => messaging.ready(),
      "kafka-consumer-stages": joined(consumerGroups.stages),
      "kafka-consumer-retries": joined(consumerGroups.retries),
    },
    draining: () => work.progress.draining,
    logger,
    metrics,
  });
  const server = startup.use(await listen(app, config));
  const live = { config: config.live, routes, tokens, database, transcriptions, feed, logger, metrics };
  startup.use(serveLive(server.node, live));
  logger.info({ address: server.address, kafka: config.kafka.client }, "listening");

  const running = startup.move();
  return {
    address: server.address,
    async [Symbol.asyncDispose]() {
      work.progress.draining = true;
      logger.info("draining");
      await running.disposeAsync(); // in reverse order: the server first, the database last
      logger.info("drained");
    },
  };
}

interface Progress {
  migrated: boolean;
  draining: boolean;
  readonly subscriptions: Map<string, Subscription>;
}

/** What begins when the dependencies are there, and ends before them. */
class BackgroundWork implements AsyncDisposable {
  readonly progress: Progress = { migrated: false, draining: false, subscriptions: new Map() };
  readonly #stack = new AsyncDisposableStack();
  readonly #begun: Promise<void>;

  constructor(logger: Logger, begin: (stack: AsyncDisposableStack, progress: Progress) => Promise<void>) {
    this.#begun = begin(this.#stack, this.progress).then(
      () => logger.info("at work"),
      (error: unknown) => {
        if (!this.progress.draining) throw error;
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.progress.draining = true;
    await this.#begun;
    await this.#stack.disposeAsync();
  }
}

const startRetryMs = 500;

/** Tries until it works, or until the service is told to go. */
async function untilDone(
  what: string,
  step: () => Promise<void>,
  progress: Pick<Progress, "draining">,
  logger: Logger,
): Promise<void> {
  for (;;) {
    if (progress.draining) throw new Error(`draining before ${what} was ready`);
    try {
      return await step();
    } catch (error) {
      logger.warn({ err: error }, `${what}: not ready yet`);
      await systemClock.sleep(startRetryMs);
    }
  }
}

function byTopic(handlers: Readonly<Record<string, MessageHandler>>): MessageHandler {
  return async (message, signal) => {
    const handler = handlers[message.topic];
    if (!handler) throw new Error(`no handler for ${message.topic}`);
    await handler(message, signal);
  };
}
