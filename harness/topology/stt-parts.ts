import type { ComponentName } from "../provision/manifest.ts";
import { UsageError } from "../util/errors.ts";
import { consumerNames } from "./consumer.ts";
import { postgresExporterName, redisExporterName } from "./exporters.ts";
import { type KafkaSettings, kafkaNames } from "./kafka.ts";
import { lockerNames } from "./lock-user.ts";
import { prometheusName } from "./prometheus.ts";
import { type RedisLayout, redisMembers } from "./redis.ts";

/** What `stt` builds. */
export interface SttOptions {
  /** Kafka brokers, 1 to 9 (default 3); 0 only without the service. */
  readonly kafka?: number;
  /** Settings of the brokers on top of those the topology makes: `{ "unclean.leader.election.enable": true }`. */
  readonly kafkaSettings?: KafkaSettings;
  /** Default `sentinel`; `none` only when nothing needs it. */
  readonly redis?: RedisLayout;
  /** Instances of the service (default 2). 0: no service, and nothing that only it needs (see `cluster`). */
  readonly instances?: number;
  /** Programs that use the service's lock, for the workload `lockUsers` (default 0). */
  readonly lockUsers?: number;
  /** Their entry file, for a variant of the lock; default: the one of the reference service. */
  readonly lockUserEntry?: string;
  /** Consumers of the workload `kafkaLog` as processes of their own (default 0). */
  readonly consumers?: number;
  /** What stands for Daglo: stubs by WireMock, or a server that really transcribes English (default `stub`). */
  readonly upstream?: "stub" | "real";
  /** Where the service keeps audio: a folder that its instances share, or an S3-compatible server (default `directory`). */
  readonly audio?: "directory" | "s3";
  /** Whether instances tell of their heaps, for the leak checker (default false): it costs them some ten milliseconds in ten seconds. */
  readonly diagnostics?: boolean;
  /** A Prometheus server that scrapes all of it and evaluates the alert rules (default false): docs/observability.md. */
  readonly prometheus?: boolean;
  /** The service's entry file, for a variant of it; default: the reference service of this package. */
  readonly entry?: string;
  /** Settings of the service on top of those the topology makes. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The options with nothing left open. */
export interface SttParts extends SttOptions {
  readonly kafka: number;
  readonly redis: RedisLayout;
  readonly upstream: "stub" | "real";
  readonly audio: "directory" | "s3";
  readonly prometheus: boolean;
  readonly services: readonly string[];
  readonly lockers: readonly string[];
  readonly consumerNames: readonly string[];
  readonly postgres: boolean;
}

/**
 * Settles what a topology consists of.
 * @throws UsageError for sizes that cannot be built.
 */
export function sttParts(options: SttOptions): SttParts {
  const { kafka = 3, redis = "sentinel", instances = 2, upstream = "stub", audio = "directory" } = options;
  const { lockUsers = 0, consumers = 0, prometheus = false } = options;
  assertSizes({ kafka, redis, instances, lockUsers, consumers });
  return {
    ...options,
    ...{ kafka, redis, upstream, audio, prometheus },
    services: Array.from({ length: instances }, (_, index) => `stt-${index + 1}`),
    lockers: lockerNames(lockUsers),
    consumerNames: consumerNames(consumers),
    postgres: instances > 0 || lockUsers > 0,
  };
}

/** All nodes, in the order in which people see them. */
export function nodesOf(parts: SttParts) {
  const { kafka, redis, services, lockers, upstream, audio, postgres } = parts;
  return [
    ...kafkaNames(kafka).map((name) => ({ name, kind: "kafka" })),
    ...redisMembers(redis),
    ...(postgres ? [{ name: "postgres", kind: "postgres" }] : []),
    ...(services.length > 0 ? [{ name: "daglo", kind: upstream === "real" ? "daglo-real" : "daglo" }] : []),
    ...(audio === "s3" ? [{ name: "s3", kind: "s3" }] : []),
    ...services.map((name) => ({ name, kind: "stt" })),
    ...lockers.map((name) => ({ name, kind: "locker" })),
    ...parts.consumerNames.map((name) => ({ name, kind: "consumer" })),
    ...(parts.prometheus ? observersOf(parts) : []),
    { name: "toxiproxy", kind: "toxiproxy" },
  ];
}

/** Prometheus, and the exporters it asks; of these, a machine may lack some. */
const observersOf = ({ redis, postgres }: SttParts) => [
  { name: prometheusName, kind: "prometheus" },
  ...(redis === "none" ? [] : [{ name: redisExporterName, kind: "exporter" }]),
  ...(postgres ? [{ name: postgresExporterName, kind: "exporter" }] : []),
];

function assertSizes(sizes: {
  kafka: number;
  redis: RedisLayout;
  instances: number;
  lockUsers: number;
  consumers: number;
}): void {
  const { instances, lockUsers, consumers, redis } = sizes;
  const least = { kafka: instances + consumers > 0 ? 1 : 0, instances: 0, lockUsers: 0, consumers: 0 };
  const most = { kafka: 9, instances: 20, lockUsers: 20, consumers: 20 };
  for (const name of ["kafka", "instances", "lockUsers", "consumers"] as const) {
    const size = sizes[name];
    if (!Number.isInteger(size) || size < least[name] || size > most[name])
      throw new UsageError(`stt: ${name} must be ${least[name]} to ${most[name]}, not ${size}`);
  }
  if (redis === "none" && instances + lockUsers > 0)
    throw new UsageError('stt: the service and lock users need Redis, so redis may not be "none"');
}

/** The topology's name, for people; leaves out what is not there. */
export function nameOf(parts: SttParts): string {
  const { kafka, redis, services, lockers, upstream, audio } = parts;
  return [
    ...(kafka > 0 ? [`${kafka} kafka`] : []),
    ...(redis === "none" ? [] : [`redis ${redis}`]),
    ...(services.length > 0 ? [`${services.length} stt`] : []),
    ...(lockers.length > 0 ? [`${lockers.length} lock users`] : []),
    ...(parts.consumerNames.length > 0 ? [`${parts.consumerNames.length} consumers`] : []),
    ...(upstream === "real" ? ["real speech"] : []),
    ...(audio === "s3" ? ["s3"] : []),
    ...(parts.prometheus ? ["prometheus"] : []),
  ].join(", ");
}

/** The same text for the same parts, however they were asked for. */
export function keyOf(parts: SttParts): string {
  // Said by the names, whether or not it was left to the default.
  const counts = { instances: undefined, lockUsers: undefined, consumers: undefined };
  return JSON.stringify({ ...parts, ...counts }, (_, value: unknown) => inOrder(value));
}

const inOrder = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** What must be provisioned for it. */
export function componentsOf({
  kafka,
  redis,
  services,
  upstream,
  audio,
  postgres,
  prometheus,
}: SttParts): ComponentName[] {
  return [
    ...(kafka > 0 ? (["kafka"] as const) : []),
    ...(redis === "none" ? [] : (["redis"] as const)),
    ...(postgres ? (["postgres"] as const) : []),
    "toxiproxy",
    ...(services.length > 0 ? [upstream === "real" ? ("speech" as const) : ("wiremock" as const)] : []),
    ...(audio === "s3" ? (["s3"] as const) : []),
    ...(prometheus ? (["prometheus"] as const) : []),
  ];
}
