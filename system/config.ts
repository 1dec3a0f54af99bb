import { z } from "zod";

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
  STT_KAFKA_CLIENT: z.enum(["platformatic", "kafkajs"]).default("platformatic"),
  STT_KAFKA_ACKS: z.enum(["all", "1"]).default("all"),
  STT_KAFKA_IDEMPOTENT: flag.optional(),
  STT_DAGLO_URL: z.url(),
  STT_DAGLO_TIMEOUT_MS: positive(10_000),
  STT_AUDIO_DIR: z.string().min(1),
  STT_JWT_SECRET: z.string().min(8),
  STT_RETRY_DELAY_MS: z.coerce.number().int().nonnegative().default(2_000),
  STT_RETRY_ATTEMPTS: positive(1_000),
  STT_HEARTBEAT_TTL_MS: positive(30_000),
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
  readonly client: "platformatic" | "kafkajs";
  readonly brokers: readonly Address[];
  readonly acks: "all" | "1";
  readonly idempotent: boolean;
}

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
  readonly dagloUrl: string;
  readonly dagloTimeoutMs: number;
  readonly audioDir: string;
  readonly jwtSecret: string;
  readonly retry: { readonly delayMs: number; readonly attempts: number };
  readonly heartbeatTtlMs: number;
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
    dagloUrl: e.STT_DAGLO_URL,
    dagloTimeoutMs: e.STT_DAGLO_TIMEOUT_MS,
    audioDir: e.STT_AUDIO_DIR,
    jwtSecret: e.STT_JWT_SECRET,
    retry: { delayMs: e.STT_RETRY_DELAY_MS, attempts: e.STT_RETRY_ATTEMPTS },
    heartbeatTtlMs: e.STT_HEARTBEAT_TTL_MS,
    logLevel: e.STT_LOG_LEVEL,
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
