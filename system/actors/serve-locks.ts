import express, { type Request, type Response } from "express";
import { z } from "zod";
import { listen } from "../api/server.ts";
import { parseConfig } from "../config.ts";
import { type lockCommands, ProcessorLocks } from "../coordination/processor-lock.ts";
import { RedisConnection } from "../coordination/redis.ts";
import { Database, DatabaseUnavailable } from "../storage/database.ts";
import { migrate } from "../storage/migrations.ts";
import { Transcriptions } from "../storage/transcriptions.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { Holds } from "./holds.ts";

/** What the configuration wants to have and this program does not use. */
const unused = {
  STT_KAFKA_BROKERS: "unused:1",
  STT_DAGLO_URL: "http://unused",
  STT_AUDIO_DIR: "unused",
  STT_JWT_SECRET: "unused".repeat(6),
};

const acquisition = z.object({ atMostMs: z.number().positive() });
const writing = z.object({ value: z.string() });

/** Parts that may be replaced, to break the lock on purpose. */
export interface LockOverrides {
  readonly commands?: typeof lockCommands;
  /** What mints fences and is judged by them. */
  readonly transcriptions?: (real: Transcriptions, redis: RedisConnection) => Transcriptions;
}

/**
 * Takes the service's locks and writes under them as it is told over HTTP, until SIGTERM: for tests that pause a holder
 * or cut it off.
 *
 *     POST /locks/{lock}/acquire          {atMostMs}  200 {fence} | 409 busy | 503 not held
 *     POST /locks/{lock}/{fence}/write    {value}     200 | 409 the fence is stale | 404 no such hold | 503 perhaps written
 *     POST /locks/{lock}/{fence}/release              200 {lost} | 404 no such hold
 *     GET  /health/ready                              200
 */
export async function serveLocks(overrides: LockOverrides = {}): Promise<void> {
  const config = parseConfig({ ...unused, ...process.env });
  const logger = createLogger(config.instance, config.logLevel);
  const metrics = createMetrics(config.instance);

  await using stack = new AsyncDisposableStack();
  const database = stack.use(new Database(config.databaseUrl, config.databasePool, logger));
  const redis = stack.use(new RedisConnection(config.redis, logger, metrics));
  await migrate(database);
  await redis.call("ping", (client) => client.ping()).catch(() => {}); // without Redis it starts, as the service does
  const locks = new ProcessorLocks(redis, metrics, config.instance, overrides.commands);
  const transcriptions = new Transcriptions(config.instance);
  const holds = new Holds(
    locks,
    database,
    overrides.transcriptions?.(transcriptions, redis) ?? transcriptions,
  );
  stack.defer(() => holds.releaseAll());

  const app = express();
  app.use(express.json());
  app.get("/health/ready", (_request, response) => {
    response.end();
  });
  app.post(
    "/locks/:lock/acquire",
    answer(logger, async (request, response) => {
      const { lock = "" } = request.params;
      const fence = await holds.acquire(lock, acquisition.parse(request.body).atMostMs);
      if (fence === "busy") response.status(409).json({ title: "busy" });
      // Nobody is there any more to hold it.
      else if (request.socket.destroyed) await holds.release(lock, fence);
      else response.json({ fence });
    }),
  );
  app.post(
    "/locks/:lock/:fence/write",
    answer(logger, async (request, response) => {
      const { lock = "", fence } = request.params;
      const outcome = await holds.write(lock, Number(fence), writing.parse(request.body).value);
      const status = { written: 200, stale: 409, unknown: 404 }[outcome];
      response.status(status).json({ title: outcome });
    }),
  );
  app.post(
    "/locks/:lock/:fence/release",
    answer(logger, async (request, response) => {
      const { lock = "", fence } = request.params;
      const outcome = await holds.release(lock, Number(fence));
      if (outcome === "unknown") response.status(404).json({ title: outcome });
      else response.json({ lost: outcome === "lost" });
    }),
  );
  stack.use(await listen(app, config));
  logger.info("ready to take locks");

  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
}

/** An answer of 503 for what PostgreSQL did not say. */
function answer(
  logger: Logger,
  handle: (request: Request<Record<string, string>>, response: Response) => Promise<void>,
): (request: Request<Record<string, string>>, response: Response) => void {
  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      const status = error instanceof DatabaseUnavailable ? 503 : error instanceof z.ZodError ? 400 : 500;
      if (status === 500) logger.error({ err: error }, "a request failed");
      response.status(status).json({ title: String(error) });
    });
  };
}
