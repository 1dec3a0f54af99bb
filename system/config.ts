import { z } from "zod";
import { type RetryTopology, retryLayouts } from "./contract/topics.ts";

const flag = z.enum(["true", "false"]).transform((value) => value === "true");
const positive = (fallback: number) => z.coerce.number().int().positive().default(fallback);

const hostPort = z.string().transform((text, context) => {
  const match = /^(.+):(\d{1,5})$/.exec(text.trim());
  if (match?.[1] === undefined) {
    context.addIssue({ code: "custom", message: `not host:port: ${JSON.stringify(text)}` });
    return z.NEVER;
  }
  return { host: match[1], port: Number(match[2]) };
});

const hostPorts = z
  .string()
  .transform((text) => text.split(",").filter((part) => part.trim() !== ""))
  .pipe(z.array(hostPort).min(1));

const natMap = z.string().transform((text, context) => {
  try {
    return z.record(z.string(), hostPort).parse(JSON.parse(text));
  } catch (cause) {
    context.addIssue({
      code: "custom",
      message: `not a JSON object of "host:port" to "host:port": ${String(cause)}`,
    });
    return z.NEVER;
  }
});

const environment = z.object({
  STT_INSTANCE: z.string().min(1).default("stt-1"),
  STT_HOST: z.string().min(1).default("127.0.0.1"),
  STT_PORT: z.coerce.number().int().min(0).max(65_535).default(18_000),
  STT_DATABASE_URL: z.url(),
  STT_DATABASE_POOL: positive(10),
  STT_REDIS_URL: z.url().optional(),
  STT_REDIS_SENTINELS: hostPorts.optional(),
  STT_REDIS_MASTER: z.string().min(1).default("stt"),
  STT_REDIS_NAT_MAP: natMap.optional(),
  STT_KAFKA_BROKERS: hostPorts,
  STT_KAFKA_CLIENT: z.enum(["platformatic", "kafkajs", "confluent"]).default("platformatic"),
  STT_KAFKA_ACKS: z.enum(["all", "1"]).default("all"),
  STT_KAFKA_IDEMPOTENT: flag.optional(),
  STT_KAFKA_PUBLISH_TIMEOUT_MS: positive(20_000),
  STT_DAGLO_URL: z.url(),
  STT_DAGLO_TIMEOUT_MS: positive(10_000),
  STT_DAGLO_CONCURRENCY: positive(16),
  STT_DAGLO_RETRIES: z.coerce.number().int().min(0).max(10).default(2),
  STT_DAGLO_CIRCUIT_FAILURES: positive(5),
  STT_DAGLO_CIRCUIT_OPEN_MS: positive(2_000),
  STT_AUDIO_STORE: z.enum(["directory", "s3"]).default("directory"),
  STT_AUDIO_DIR: z.string().min(1).optional(),
  STT_S3_BUCKET: z.string().min(3).optional(),
  STT_S3_ENDPOINT: z.url().optional(),
  STT_S3_REGION: z.string().min(1).optional(),
  STT_S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  STT_S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  STT_S3_FORCE_PATH_STYLE: flag.default(false),
  STT_JWT_SECRET: z.string().min(32, "at least 32 characters: HS256 needs 256 bits").optional(),
  STT_JWT_JWKS_URL: z.url().optional(),
  STT_JWT_ISSUER: z.string().min(1).optional(),
  STT_JWT_AUDIENCE: z.string().min(1).optional(),
  STT_RATE_LIMIT_PER_MINUTE: z.coerce.number().int().nonnegative().default(6_000),
  STT_RETRY_DELAY_MS: z.coerce.number().int().nonnegative().default(2_000),
  STT_RETRY_ATTEMPTS: positive(1_000),
  STT_RETRY_LAYOUT: z.enum(retryLayouts).default("single"),
  STT_ENCODING_CONCURRENCY: positive(2),
  STT_HEARTBEAT_TTL_MS: positive(30_000),
  STT_LIVE_MAX_CONNECTIONS: positive(1_000),
  STT_LIVE_MAX_CONNECTIONS_PER_SUBJECT: positive(20),
  STT_LIVE_MAX_SUBSCRIPTIONS: positive(100),
  STT_LIVE_FRAMES_PER_SECOND: positive(200),
  STT_LIVE_HEARTBEAT_MS: positive(10_000),
  STT_LIVE_CONNECT_TIMEOUT_MS: positive(10_000),
  STT_LIVE_BUFFER_BYTES: positive(256 * 1024),
  STT_LIVE_STALL_MS: positive(15_000),
  STT_OTLP_ENDPOINT: z.url().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(), // the name OpenTelemetry's own tools go by
  STT_TRACE_RATIO: z.coerce.number().min(0).max(1).default(1),
  STT_DIAGNOSTICS_DIR: z.string().min(1).optional(),
  STT_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
});

export interface Address {
  readonly host: string;
  readonly port: number;
}

export type RedisConfig =
  | { readonly kind: "single"; readonly url: string }
  | {
      readonly kind: "sentinel";
      readonly sentinels: readonly Address[];
      readonly master: string;
      /** Announced "host:port" to the address this instance reaches it by. */
      readonly natMap: Readonly<Record<string, Address>> | undefined;
    };

export interface KafkaConfig {
  /** `confluent` needs the package @confluentinc/kafka-javascript, which is not installed with the service. */
  readonly client: "platformatic" | "kafkajs" | "confluent";
  readonly brokers: readonly Address[];
  readonly acks: "all" | "1";
  readonly idempotent: boolean;
}

/** Which tokens are accepted; at least one of `secret` (HS256) and `jwksUrl` (RS256) is set. */
export interface JwtConfig {
  readonly secret?: string | undefined;
  readonly jwksUrl?: string | undefined;
  /** What the claims `iss` and `aud` must be, when set. */
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

/** How the upstream is called. */
export interface DagloConfig {
  readonly url: string;
  /** For one call with its retries, from waiting for its turn to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Calls at once; others wait. */
  readonly concurrency: number;
  /** Further tries within a call that can be repeated and failed at once. */
  readonly retries: number;
  /** After so many failures in a row no call is made for so long. */
  readonly circuit: { readonly failures: number; readonly openMs: number };
}

/** Bounds of the live interface (STOMP over WebSocket) of an instance. */
export interface LiveConfig {
  readonly maxConnections: number;
  readonly maxConnectionsPerSubject: number;
  /** Of one connection. */
  readonly maxSubscriptions: number;
  /** Frames of one connection that are handled in a second; a client that sends more is read more slowly. */
  readonly framesPerSecond: number;
  /** How often each side says that it is there, unless the client wants it more rarely. */
  readonly heartBeatMs: number;
  readonly connectTimeoutMs: number;
  /** Bytes that may wait for a client to read them before its status messages are merged and its frames wait. */
  readonly bufferBytes: number;
  /** How long such a client may take nothing before it is dropped. */
  readonly stallMs: number;
}

/** A bucket of Amazon S3 or a compatible server. What is undefined is found as AWS's own tools find it. */
export interface S3Config {
  readonly bucket: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** The bucket in the path of URLs, not in the host name: for servers without a name of their own for each bucket. */
  readonly forcePathStyle: boolean;
}

/** Where audio is kept: a directory that all instances share, or a bucket. */
export type AudioStoreConfig =
  | { readonly kind: "directory"; readonly folder: string }
  | ({ readonly kind: "s3" } & S3Config);

export interface ServiceConfig {
  /** The instance's name in logs, transitions and leases; unique among the running ones. */
  readonly instance: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly databaseUrl: string;
  readonly databasePool: number;
  readonly redis: RedisConfig;
  readonly kafka: KafkaConfig;
  /** A publish that is not acknowledged by then has failed. */
  readonly publishTimeoutMs: number;
  readonly daglo: DagloConfig;
  readonly audio: AudioStoreConfig;
  readonly jwt: JwtConfig;
  /** Requests of one subject; 0: no limit. */
  readonly rateLimitPerMinute: number;
  readonly retry: RetryTopology & { readonly delayMs: number };
  /** Encodings that this instance has under way at most. */
  readonly encodingConcurrency: number;
  readonly heartbeatTtlMs: number;
  readonly live: LiveConfig;
  /** Where traces go; undefined: none are recorded. */
  readonly tracing: { readonly endpoint: string; readonly ratio: number } | undefined;
  /** Where heap snapshots go; undefined: there are no diagnostics. */
  readonly diagnosticsFolder: string | undefined;
  readonly logLevel: string;
}

/** The environment does not make a configuration; the message names each variable that is wrong. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * The service's configuration from environment variables.
 * @throws ConfigError naming every wrong variable.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): ServiceConfig {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
    throw new ConfigError(`the environment does not configure the service:\n${lines.join("\n")}`);
  }
  const e = parsed.data;
  const idempotent = e.STT_KAFKA_IDEMPOTENT ?? e.STT_KAFKA_ACKS === "all";
  if (idempotent && e.STT_KAFKA_ACKS !== "all") {
    throw new ConfigError("STT_KAFKA_IDEMPOTENT=true needs STT_KAFKA_ACKS=all");
  }
  return {
    instance: e.STT_INSTANCE,
    host: e.STT_HOST,
    port: e.STT_PORT,
    databaseUrl: e.STT_DATABASE_URL,
    databasePool: e.STT_DATABASE_POOL,
    redis: redisOf(e),
    kafka: {
      client: e.STT_KAFKA_CLIENT,
      brokers: e.STT_KAFKA_BROKERS,
      acks: e.STT_KAFKA_ACKS,
      idempotent,
    },
    publishTimeoutMs: e.STT_KAFKA_PUBLISH_TIMEOUT_MS,
    daglo: {
      url: e.STT_DAGLO_URL,
      timeoutMs: e.STT_DAGLO_TIMEOUT_MS,
      concurrency: e.STT_DAGLO_CONCURRENCY,
      retries: e.STT_DAGLO_RETRIES,
      circuit: { failures: e.STT_DAGLO_CIRCUIT_FAILURES, openMs: e.STT_DAGLO_CIRCUIT_OPEN_MS },
    },
    audio: audioOf(e),
    jwt: jwtOf(e),
    rateLimitPerMinute: e.STT_RATE_LIMIT_PER_MINUTE,
    retry: retryOf(e),
    encodingConcurrency: e.STT_ENCODING_CONCURRENCY,
    heartbeatTtlMs: e.STT_HEARTBEAT_TTL_MS,
    live: {
      maxConnections: e.STT_LIVE_MAX_CONNECTIONS,
      maxConnectionsPerSubject: e.STT_LIVE_MAX_CONNECTIONS_PER_SUBJECT,
      maxSubscriptions: e.STT_LIVE_MAX_SUBSCRIPTIONS,
      framesPerSecond: e.STT_LIVE_FRAMES_PER_SECOND,
      heartBeatMs: e.STT_LIVE_HEARTBEAT_MS,
      connectTimeoutMs: e.STT_LIVE_CONNECT_TIMEOUT_MS,
      bufferBytes: e.STT_LIVE_BUFFER_BYTES,
      stallMs: e.STT_LIVE_STALL_MS,
    },
    tracing: tracingOf(e),
    diagnosticsFolder: e.STT_DIAGNOSTICS_DIR,
    logLevel: e.STT_LOG_LEVEL,
  };
}

function jwtOf(e: z.infer<typeof environment>): JwtConfig {
  if (e.STT_JWT_SECRET === undefined && e.STT_JWT_JWKS_URL === undefined) {
    throw new ConfigError("set STT_JWT_SECRET (tokens by HS256), STT_JWT_JWKS_URL (RS256), or both");
  }
  return {
    secret: e.STT_JWT_SECRET,
    jwksUrl: e.STT_JWT_JWKS_URL,
    issuer: e.STT_JWT_ISSUER,
    audience: e.STT_JWT_AUDIENCE,
  };
}

function tracingOf(e: z.infer<typeof environment>): ServiceConfig["tracing"] {
  const endpoint = e.STT_OTLP_ENDPOINT ?? e.OTEL_EXPORTER_OTLP_ENDPOINT;
  return endpoint === undefined ? undefined : { endpoint, ratio: e.STT_TRACE_RATIO };
}

/** More retry topics than this are not a layout but a load on the cluster: two stages have one each for a retry. */
const maxPerAttempt = 1_000;

function retryOf(e: z.infer<typeof environment>): ServiceConfig["retry"] {
  const { STT_RETRY_DELAY_MS: delayMs, STT_RETRY_ATTEMPTS: attempts, STT_RETRY_LAYOUT: layout } = e;
  if (layout === "per-attempt" && attempts > maxPerAttempt) {
    throw new ConfigError(
      `STT_RETRY_LAYOUT=per-attempt makes two topics for each of STT_RETRY_ATTEMPTS=${attempts}: set at most ` +
        `${maxPerAttempt} attempts, or STT_RETRY_LAYOUT=single`,
    );
  }
  return { delayMs, attempts, layout };
}

function audioOf(e: z.infer<typeof environment>): AudioStoreConfig {
  if (e.STT_AUDIO_STORE === "directory") {
    if (e.STT_AUDIO_DIR === undefined)
      throw new ConfigError("set STT_AUDIO_DIR, or STT_AUDIO_STORE=s3 with STT_S3_BUCKET");
    return { kind: "directory", folder: e.STT_AUDIO_DIR };
  }
  if (e.STT_S3_BUCKET === undefined) throw new ConfigError("STT_AUDIO_STORE=s3 needs STT_S3_BUCKET");
  const { STT_S3_ACCESS_KEY_ID: accessKeyId, STT_S3_SECRET_ACCESS_KEY: secretAccessKey } = e;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new ConfigError("set both of STT_S3_ACCESS_KEY_ID and STT_S3_SECRET_ACCESS_KEY, or neither");
  }
  return {
    kind: "s3",
    bucket: e.STT_S3_BUCKET,
    endpoint: e.STT_S3_ENDPOINT,
    region: e.STT_S3_REGION,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
    forcePathStyle: e.STT_S3_FORCE_PATH_STYLE,
  };
}

function redisOf(e: z.infer<typeof environment>): RedisConfig {
  if (e.STT_REDIS_SENTINELS) {
    return {
      kind: "sentinel",
      sentinels: e.STT_REDIS_SENTINELS,
      master: e.STT_REDIS_MASTER,
      natMap: e.STT_REDIS_NAT_MAP,
    };
  }
  if (e.STT_REDIS_URL) return { kind: "single", url: e.STT_REDIS_URL };
  throw new ConfigError("set STT_REDIS_URL, or STT_REDIS_SENTINELS with STT_REDIS_MASTER");
}
