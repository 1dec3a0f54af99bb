import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import { AddressPlan } from "../network/addresses.ts";
import { type Link, link } from "../network/link.ts";
import { Network } from "../network/network.ts";
import { assertFree } from "../network/ports.ts";
import { Toxiproxy } from "../network/toxiproxy.ts";
import type { ComponentName } from "../provision/manifest.ts";
import type { Node, NodeSpec } from "../runtime/node.ts";
import { UsageError } from "../util/errors.ts";
import { until } from "../util/until.ts";
import { dagloLinks, dagloNode, dagloUrl } from "./daglo.ts";
import { dagloRealNode } from "./daglo-real.ts";
import {
  bootstrapServers,
  type KafkaOptions,
  kafkaLinks,
  kafkaNames,
  kafkaNodes,
  kafkaPorts,
} from "./kafka.ts";
import { KafkaCluster } from "./kafka-cluster.ts";
import { postgresLinks, postgresNode, postgresUrl } from "./postgres.ts";
import {
  clusterSide,
  type RedisLayout,
  type RedisOptions,
  redisLinks,
  redisMaster,
  redisMembers,
  redisNodes,
  redisView,
} from "./redis.ts";
import { withRefusingLinks } from "./refusing-links.ts";
import { s3Access, s3BucketFolder, s3Links, s3Node } from "./s3.ts";
import type { RunningTopology, Topology, TopologyContext } from "./topology.ts";
import { toxiproxyNode } from "./toxiproxy.ts";

/** What {@link stt} builds. */
export interface SttOptions {
  /** Kafka brokers, 1 to 9 (default 3). */
  readonly kafka?: number;
  /** Default `sentinel`. */
  readonly redis?: RedisLayout;
  /** Instances of the service (default 2). */
  readonly instances?: number;
  /** What stands for Daglo: stubs by WireMock, or a server that really transcribes English (default `stub`). */
  readonly upstream?: "stub" | "real";
  /** Where the service keeps audio: a folder that its instances share, or an S3-compatible server (default `directory`). */
  readonly audio?: "directory" | "s3";
  /** The service's entry file, for a variant of it; default: the reference service of this package. */
  readonly entry?: string;
  /** Settings of the service on top of those the topology makes. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The harness as a client of Kafka; the load as a client of the service. Neither is a node. */
const harness = "harness";
const load = "load";

const httpPort = 18000;
const jwtSecret = "a secret of the test bed, shared by its services and its load";
const referenceService = fileURLToPath(new URL("../../system/main.ts", import.meta.url));

/**
 * The speech-to-text service with everything it needs: a KRaft cluster, Redis, PostgreSQL, Daglo (stubs by
 * WireMock, or real speech) and Toxiproxy, every directed link through a proxy of its own.
 */
export function stt(options: SttOptions = {}): Topology {
  const { kafka = 3, redis = "sentinel", instances = 2, upstream = "stub", audio = "directory" } = options;
  if (!Number.isInteger(kafka) || kafka < 1 || kafka > 9)
    throw new UsageError(`stt: kafka must be 1 to 9, not ${kafka}`);
  if (!Number.isInteger(instances) || instances < 1 || instances > 20) {
    throw new UsageError(`stt: instances must be 1 to 20, not ${instances}`);
  }
  const services = Array.from({ length: instances }, (_, index) => `stt-${index + 1}`);
  const nodes = [
    ...kafkaNames(kafka).map((name) => ({ name, kind: "kafka" })),
    ...redisMembers(redis),
    { name: "postgres", kind: "postgres" },
    { name: "daglo", kind: upstream === "real" ? "daglo-real" : "daglo" },
    ...(audio === "s3" ? [{ name: "s3", kind: "s3" }] : []),
    ...services.map((name) => ({ name, kind: "stt" })),
    { name: "toxiproxy", kind: "toxiproxy" },
  ];
  return {
    name: `${kafka} kafka, redis ${redis}, ${instances} stt${upstream === "real" ? ", real speech" : ""}${audio === "s3" ? ", s3" : ""}`,
    components: [
      ...components,
      upstream === "real" ? "speech" : "wiremock",
      ...(audio === "s3" ? (["s3"] as const) : []),
    ],
    nodes,
    start: (context) => {
      const names = [...nodes.map(({ name }) => name), harness, load, clusterSide];
      const plan = new AddressPlan(context.runtime.slot, names);
      return startStt({ ...options, kafka, redis }, plan, services, context);
    },
  };
}

/** What every variant needs. */
const components: readonly ComponentName[] = ["kafka", "redis", "postgres", "toxiproxy"];

async function startStt(
  options: SttOptions & { kafka: number; redis: RedisLayout },
  plan: AddressPlan,
  services: readonly string[],
  { runtime, installed, signal, step }: TopologyContext,
): Promise<RunningTopology> {
  const clients = [harness, ...services];
  const kafka: KafkaOptions = { plan, brokers: options.kafka, clients };
  const redis: RedisOptions = { plan, layout: options.redis, clients };
  const links: Link[] = [
    ...kafkaLinks(kafka),
    ...redisLinks(redis),
    ...postgresLinks(plan, clients),
    ...dagloLinks(plan, clients),
    ...(options.audio === "s3" ? s3Links(plan, clients) : []),
    ...services.map((service) => link(plan, load, service, [httpPort])),
  ];
  const audioData = join(runtime.dataFolder, "audio");
  const audioFolder = options.audio === "s3" ? s3BucketFolder(audioData) : audioData;
  const cluster = new KafkaCluster(bootstrapServers(kafka, harness));

  const proxyServer = toxiproxyNode(plan, installed.toxiproxy);
  const [sentinels, redisServers] = partition(
    redisNodes(redis, installed.redis),
    ({ kind }) => kind === "sentinel",
  );
  const others: NodeSpec[] = [
    ...kafkaNodes(kafka, installed.kafka, (broker) => cluster.hasJoined(broker)),
    postgresNode(plan, installed.postgres),
    options.upstream === "real" ? dagloRealNode(plan, installed.speech) : dagloNode(plan, installed.wiremock),
    ...(options.audio === "s3" ? [s3Node(plan, installed.s3, audioData)] : []),
  ];
  const instances = services.map((service) => sttNode(service, { plan, kafka, redis, audioFolder, options }));

  const nodes = new Map<string, Node>();
  const network = new Network(new Toxiproxy(proxyServer.address), links);
  const startAll = (specs: readonly NodeSpec[]) =>
    startTogether(specs.map((spec) => addNode(nodes, runtime.add(withRefusingLinks(spec, network)))));

  await step("check addresses", () =>
    assertFree(
      addressesOf(links, kafka, [proxyServer, ...redisServers, ...sentinels, ...others, ...instances]),
    ),
  );
  await mkdir(audioFolder, { recursive: true });
  await step("start proxies", async () => {
    await startAll([proxyServer]);
    await network.populate();
  });
  await step("start kafka, redis, postgres, daglo", async () => {
    // Sentinels ask the primary for its replicas every ten seconds: one that asks too early costs ten more.
    await Promise.all([startAll(others), startAll(redisServers).then(() => startAll(sentinels))]);
    await until(() => cluster.isComplete(), "all brokers are in the cluster")
      .unless(signal)
      .atMost("30s");
  });
  await step("start the service", () => startAll(instances));

  return {
    nodes: [...nodes.values()],
    network,
    kafka: cluster,
    services: services.map((name) => ({ name, baseUrl: serviceUrl(plan, name) })),
    jwtSecret,
    upstreamUrl: dagloUrl(plan, harness),
    audioFolder,
    endpoints: endpoints(plan, kafka, redis, services),
    node(name) {
      const node = nodes.get(name);
      if (!node) throw new UsageError(`there is no node ${name}`, `nodes: ${[...nodes.keys()].join(", ")}`);
      return node;
    },
    async [Symbol.asyncDispose]() {
      await cluster[Symbol.asyncDispose]();
      // The service first, so that it drains while what it needs is still there.
      await Promise.all(instances.map(({ name }) => nodes.get(name)?.stop()));
      await Promise.all([nodes.get("postgres")?.stop()]);
    },
  };
}

/** Those for which the test holds, and the rest. */
function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function addNode(nodes: Map<string, Node>, node: Node): Node {
  nodes.set(node.name, node);
  return node;
}

/** Starts nodes at once; the first failure is thrown when all have ended their attempt. */
async function startTogether(nodes: readonly Node[]): Promise<void> {
  const failed = (await Promise.allSettled(nodes.map((node) => node.start()))).find(
    (result) => result.status === "rejected",
  );
  if (failed) throw failed.reason;
}

function addressesOf(links: readonly Link[], kafka: KafkaOptions, specs: readonly NodeSpec[]): string[] {
  return [
    ...links.flatMap(({ proxies }) => proxies.map(({ listen }) => listen)),
    ...specs.flatMap(({ kind, address }) =>
      kind === "kafka" ? kafkaPorts(kafka).map((port) => `${address.split(":")[0]}:${port}`) : [address],
    ),
  ];
}

const serviceUrl = (plan: AddressPlan, service: string): string =>
  `http://${plan.link(load, service)}:${httpPort}`;

/** An instance of the service, with its own view of everything it talks to. */
function sttNode(
  name: string,
  topology: {
    plan: AddressPlan;
    kafka: KafkaOptions;
    redis: RedisOptions;
    audioFolder: string;
    options: SttOptions;
  },
): NodeSpec {
  const { plan, kafka, redis, audioFolder, options } = topology;
  const host = plan.real(name);
  return {
    name,
    kind: "stt",
    address: `${host}:${httpPort}`,
    command: process.execPath,
    args: [options.entry ?? referenceService],
    env: {
      STT_INSTANCE: name,
      STT_HOST: host,
      STT_PORT: String(httpPort),
      STT_DATABASE_URL: postgresUrl(plan, name),
      STT_KAFKA_BROKERS: bootstrapServers(kafka, name).join(","),
      STT_DAGLO_URL: dagloUrl(plan, name),
      ...(options.audio === "s3" ? s3Environment(plan, name) : { STT_AUDIO_DIR: audioFolder }),
      STT_JWT_SECRET: jwtSecret,
      ...redisEnvironment(redis, name),
      ...options.env,
    },
    prepare: async () => {}, // it keeps nothing of its own
    ready: () => isReady(serviceUrl(plan, name)),
    readyWithin: "60s",
    stopSignal: "SIGTERM",
  };
}

function s3Environment(plan: AddressPlan, client: string): Record<string, string> {
  const access = s3Access(plan, client);
  return {
    STT_AUDIO_STORE: "s3",
    STT_S3_ENDPOINT: access.endpoint,
    STT_S3_BUCKET: access.bucket,
    STT_S3_REGION: access.region,
    STT_S3_ACCESS_KEY_ID: access.accessKeyId,
    STT_S3_SECRET_ACCESS_KEY: access.secretAccessKey,
    STT_S3_FORCE_PATH_STYLE: "true",
  };
}

function redisEnvironment(redis: RedisOptions, client: string): Record<string, string> {
  const view = redisView(redis, client);
  return "url" in view
    ? { STT_REDIS_URL: view.url }
    : {
        STT_REDIS_SENTINELS: view.sentinels.join(","),
        STT_REDIS_MASTER: redisMaster,
        STT_REDIS_NAT_MAP: JSON.stringify(view.natMap),
      };
}

async function isReady(baseUrl: string): Promise<boolean> {
  const response = await request(`${baseUrl}/health/ready`, { signal: AbortSignal.timeout(2_000) });
  const body = await response.body.text();
  if (response.statusCode !== 200)
    throw new Error(`/health/ready says ${response.statusCode}: ${body.slice(0, 300)}`);
  return true;
}

function endpoints(
  plan: AddressPlan,
  kafka: KafkaOptions,
  redis: RedisOptions,
  services: readonly string[],
): Record<string, string> {
  const view = redisView(redis, harness);
  return {
    kafka: bootstrapServers(kafka, harness).join(","),
    ...("url" in view ? { redis: view.url } : { "redis sentinels": view.sentinels.join(",") }),
    postgres: postgresUrl(plan, harness),
    daglo: dagloUrl(plan, harness),
    ...Object.fromEntries(services.map((service) => [service, serviceUrl(plan, service)])),
  };
}
