import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import { AddressPlan } from "../network/addresses.ts";
import { harnessName as harness, type Link, link } from "../network/link.ts";
import { Network } from "../network/network.ts";
import { PacketFilter } from "../network/packet-filter.ts";
import { assertFree } from "../network/ports.ts";
import { Toxiproxy } from "../network/toxiproxy.ts";
import type { Node, NodeSpec } from "../runtime/node.ts";
import { UsageError } from "../util/errors.ts";
import { hostPort } from "../util/host-port.ts";
import { together } from "../util/together.ts";
import { until } from "../util/until.ts";
import { consumerNode, consumerPorts, consumerUrl } from "./consumer.ts";
import { dagloLinks, dagloNode, dagloUrl } from "./daglo.ts";
import { DagloData } from "./daglo-data.ts";
import { dagloRealNode } from "./daglo-real.ts";
import { bootstrapServers, type KafkaOptions, kafkaLinks, kafkaNodes, kafkaPorts } from "./kafka.ts";
import { KafkaCluster } from "./kafka-cluster.ts";
import { KafkaData } from "./kafka-data.ts";
import { lockerNode, lockerPorts, lockerUrl } from "./lock-user.ts";
import { observersOf } from "./observed.ts";
import { postgresLinks, postgresNode, postgresUrl } from "./postgres.ts";
import { PostgresData } from "./postgres-data.ts";
import {
  clusterSide,
  type RedisOptions,
  redisAddresses,
  redisEnvironment,
  redisLinks,
  redisNodes,
  redisView,
} from "./redis.ts";
import { RedisServers } from "./redis-servers.ts";
import { withRefusingLinks } from "./refusing-links.ts";
import { s3Access, s3BucketFolder, s3Links, s3Node } from "./s3.ts";
import {
  componentsOf,
  keyOf,
  nameOf,
  nodesOf,
  type SttOptions,
  type SttParts,
  sttParts,
} from "./stt-parts.ts";
import { SttReset } from "./stt-reset.ts";
import type { RunningTopology, Topology, TopologyContext, TopologyReset } from "./topology.ts";
import { toxiproxyNode, withItsProxies } from "./toxiproxy.ts";

export type { SttOptions } from "./stt-parts.ts";

/** The load, as a client of everything that workloads drive. It is no node. */
const load = "load";

const httpPort = 18000;
const jwtSecret = "a secret of the test bed, shared by its services and its load";
/**
 * What is in them is no data of its users: what of the schema it has, and who may publish, which its instances believe for as
 * long as it was granted.
 */
const serviceTables = ["schema_migrations", "leases"];
const referenceService = fileURLToPath(new URL("../../system/main.ts", import.meta.url));

/**
 * The speech-to-text service with everything it needs: a KRaft cluster, Redis, PostgreSQL, Daglo (stubs by
 * WireMock, or real speech) and Toxiproxy, every directed link through a proxy of its own.
 */
export function stt(options: SttOptions = {}): Topology {
  const parts = sttParts(options);
  const nodes = nodesOf(parts);
  return {
    name: nameOf(parts),
    key: keyOf(parts),
    components: componentsOf(parts),
    nodes,
    start: (context) => {
      const clients = [harness, load, clusterSide];
      const plan = new AddressPlan(context.runtime.slot, [...nodes.map(({ name }) => name), ...clients]);
      return startStt(parts, plan, context);
    },
  };
}

async function startStt(
  options: SttParts,
  plan: AddressPlan,
  context: TopologyContext,
): Promise<RunningTopology> {
  const { runtime, installed, signal, step } = context;
  const { services, lockers, consumerNames: consumers } = options;
  const kafka: KafkaOptions = {
    plan,
    brokers: options.kafka,
    clients: [harness, load, ...services, ...consumers],
    settings: options.kafkaSettings ?? {},
  };
  const clients = [harness, load, ...services, ...lockers];
  const redis: RedisOptions = { plan, layout: options.redis, clients };
  const links: Link[] = [
    ...kafkaLinks(kafka),
    ...redisLinks(redis),
    ...(options.postgres ? postgresLinks(plan, clients) : []),
    ...(services.length > 0 ? dagloLinks(plan, [harness, ...services]) : []),
    ...(options.audio === "s3" ? s3Links(plan, [harness, ...services]) : []),
    ...services.map((service) => link(plan, load, service, [httpPort])),
    ...lockers.map((locker) => link(plan, load, locker, lockerPorts)),
    ...consumers.map((consumer) => link(plan, load, consumer, consumerPorts)),
  ];
  const audioData = join(runtime.dataFolder, "audio");
  const diagnosticsFolder = options.diagnostics ? join(runtime.dataFolder, "diagnostics") : undefined;
  const audioFolder = options.audio === "s3" ? s3BucketFolder(audioData) : audioData;
  const cluster = new KafkaCluster(bootstrapServers(kafka, harness));
  const redisCluster = new RedisServers(redisAddresses(redis));

  const proxyServer = toxiproxyNode(plan, installed.toxiproxy, { metrics: options.prometheus });
  const [sentinels, redisServers] = partition(
    redisNodes(redis, installed.redis),
    ({ kind }) => kind === "sentinel",
  );
  const others: NodeSpec[] = [
    ...kafkaNodes(kafka, installed.kafka, (broker) => cluster.hasJoined(broker)),
    ...(options.postgres ? [postgresNode(plan, installed.postgres)] : []),
    ...(services.length > 0 ? [upstreamNode(options, plan, installed)] : []),
    ...(options.audio === "s3" ? [s3Node(plan, installed.s3, audioData)] : []),
  ];
  const instances = [
    ...services.map((service) =>
      sttNode(service, { plan, kafka, redis, audioFolder, diagnosticsFolder, options }),
    ),
    ...lockers.map((locker) => lockerNode(locker, { plan, redis, entry: options.lockUserEntry })),
    ...consumers.map((consumer) => consumerNode(consumer, plan, kafka)),
  ];

  const watched = [proxyServer, ...redisServers, ...sentinels, ...others, ...instances];
  const observers = options.prometheus ? observersOf(plan, installed.prometheus.files, watched) : undefined;

  const nodes = new Map<string, Node>();
  const filter = context.network === "netns" ? new PacketFilter() : undefined;
  const network = new Network(new Toxiproxy(proxyServer.address), links, filter);
  const startAll = (specs: readonly NodeSpec[]) =>
    together(specs.map((spec) => addNode(nodes, runtime.add(withRefusingLinks(spec, network))).start()));

  await step("check addresses", () =>
    assertFree(addressesOf(links, kafka, [...watched, ...(observers?.nodes ?? [])])),
  );
  await mkdir(audioFolder, { recursive: true });
  await step("start proxies", async () => {
    await startAll([withItsProxies(proxyServer, network)]);
  });
  await step(`start ${kindsOf([...redisServers, ...others])}`, async () => {
    // Sentinels ask the primary for its replicas every ten seconds: one that asks too early costs ten more.
    await Promise.all([startAll(others), startAll(redisServers).then(() => startAll(sentinels))]);
    await until(() => cluster.isComplete(), "all brokers are in the cluster")
      .unless(signal)
      .atMost("30s");
  });
  if (observers !== undefined) {
    // Before the service, so that its counters are seen to begin at nothing.
    await step(["start prometheus", ...observers.missing].join("; "), () => startAll(observers.nodes));
  }
  if (instances.length > 0) await step("start the service", () => startAll(instances));
  // What real speech, S3 and Prometheus keep, nobody knows how to empty while they run.
  const canReset = options.upstream === "stub" && options.audio === "directory" && !options.prometheus;
  const reset = canReset ? await step("take stock", takeStock) : undefined;

  async function takeStock(): Promise<TopologyReset> {
    return new SttReset({
      kafka: await KafkaData.takeStock(cluster, bootstrapServers(kafka, harness)),
      redis: redisCluster,
      audioFolder,
      programs: [...nodes.values()].filter(({ kind }) => kind === "locker" || kind === "consumer"),
      ...(options.postgres ? { postgres: new PostgresData(postgresUrl(plan, harness), serviceTables) } : {}),
      ...(services.length > 0 ? { daglo: await DagloData.takeStock(dagloUrl(plan, harness)) } : {}),
    });
  }

  return {
    nodes: [...nodes.values()],
    network,
    kafka: cluster,
    redis: redisCluster,
    services: services.map((name) => ({ name, baseUrl: serviceUrl(plan, name) })),
    lockers: lockers.map((name) => ({ name, baseUrl: lockerUrl(plan, load, name) })),
    consumers: consumers.map((name) => ({ name, baseUrl: consumerUrl(plan, load, name) })),
    load: {
      kafka: bootstrapServers(kafka, load),
      ...(options.redis === "none" ? {} : { redis: redisView(redis, load) }),
      ...(options.postgres ? { postgresUrl: postgresUrl(plan, load) } : {}),
    },
    jwtSecret,
    upstreamUrl: services.length > 0 ? dagloUrl(plan, harness) : "",
    audioFolder,
    ...(diagnosticsFolder === undefined ? {} : { diagnosticsFolder }),
    ...(observers === undefined ? {} : { prometheus: observers.access }),
    endpoints: {
      ...endpoints(options, plan, kafka, redis),
      ...(observers === undefined ? {} : { prometheus: observers.access.url }),
    },
    ...(reset === undefined ? {} : { reset }),
    node(name) {
      const node = nodes.get(name);
      if (!node) throw new UsageError(`there is no node ${name}`, `nodes: ${[...nodes.keys()].join(", ")}`);
      return node;
    },
    async [Symbol.asyncDispose]() {
      await filter?.[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
      // The service first, so that it drains while what it needs is still there.
      await Promise.all(instances.map(({ name }) => nodes.get(name)?.stop()));
      await Promise.all([nodes.get("postgres")?.stop()]);
    },
  };
}

/** "kafka, redis, postgres, daglo", for the progress. */
const kindsOf = (specs: readonly NodeSpec[]): string =>
  [...new Set(specs.map(({ kind }) => kind))].join(", ");

const upstreamNode = (
  { upstream }: SttParts,
  plan: AddressPlan,
  installed: TopologyContext["installed"],
): NodeSpec =>
  upstream === "real" ? dagloRealNode(plan, installed.speech) : dagloNode(plan, installed.wiremock);

/** Those for which the test holds, and the rest. */
function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function addNode(nodes: Map<string, Node>, node: Node): Node {
  nodes.set(node.name, node);
  return node;
}

function addressesOf(links: readonly Link[], kafka: KafkaOptions, specs: readonly NodeSpec[]): string[] {
  return [
    ...links.flatMap(({ proxies }) => proxies.map(({ listen }) => listen)),
    ...specs.flatMap(({ kind, address }) =>
      kind === "kafka" ? kafkaPorts(kafka).map((port) => `${hostPort(address).host}:${port}`) : [address],
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
    diagnosticsFolder: string | undefined;
    options: SttOptions;
  },
): NodeSpec {
  const { plan, kafka, redis, audioFolder, diagnosticsFolder, options } = topology;
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
      ...(diagnosticsFolder === undefined ? {} : { STT_DIAGNOSTICS_DIR: diagnosticsFolder }),
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

async function isReady(baseUrl: string): Promise<boolean> {
  const response = await request(`${baseUrl}/health/ready`, { signal: AbortSignal.timeout(2_000) });
  const body = await response.body.text();
  if (response.statusCode !== 200)
    throw new Error(`/health/ready says ${response.statusCode}: ${body.slice(0, 300)}`);
  return true;
}

function endpoints(
  { services, lockers, postgres }: SttParts,
  plan: AddressPlan,
  kafka: KafkaOptions,
  redis: RedisOptions,
): Record<string, string> {
  const view = redis.layout === "none" ? undefined : redisView(redis, harness);
  return {
    ...(kafka.brokers > 0 ? { kafka: bootstrapServers(kafka, harness).join(",") } : {}),
    ...(view === undefined
      ? {}
      : "url" in view
        ? { redis: view.url }
        : { "redis sentinels": view.sentinels.join(",") }),
    ...(postgres ? { postgres: postgresUrl(plan, harness) } : {}),
    ...(services.length > 0 ? { daglo: dagloUrl(plan, harness) } : {}),
    ...Object.fromEntries(services.map((service) => [service, serviceUrl(plan, service)])),
    ...Object.fromEntries(lockers.map((locker) => [locker, lockerUrl(plan, load, locker)])),
  };
}
