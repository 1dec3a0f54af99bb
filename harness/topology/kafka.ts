import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AddressPlan } from "../network/addresses.ts";
import { type Link, link } from "../network/link.ts";
import type { Installed } from "../provision/provision.ts";
import type { NodeSpec } from "../runtime/node.ts";

/**
 * Combined broker+controller nodes of one KRaft cluster, on which every directed connection can be cut alone:
 *
 *     broker A -> broker B   the name kafka-B resolves, in A's own hosts file, to the proxies of the link A -> B
 *     client C -> broker B   C has a listener of its own on B, which advertises the proxy of the link C -> B
 */
export interface KafkaOptions {
  readonly plan: AddressPlan;
  readonly brokers: number;
  /** The nodes that are clients of Kafka, each with a listener of its own on every broker. */
  readonly clients: readonly string[];
  /** Settings of the brokers on top of those made here. */
  readonly settings?: KafkaSettings;
}

/** Properties of a broker's server.properties. */
export type KafkaSettings = Readonly<Record<string, string | number | boolean>>;

const brokerPort = 19091;
const controllerPort = 19093;
const firstClientPort = 19101;

/** Any 22 characters of base64 (a UUID) will do; the storage template is made for this one. */
const clusterId = "RmF1bHRsaW5lQ2x1c3Rlcg";

/** The node's name of a broker. */
export const brokerName = (number: number): string => `kafka-${number}`;

/** The number of a broker; undefined for a node that is none. */
export function brokerNumber(name: string): number | undefined {
  const number = /^kafka-(\d+)$/.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}

const brokerNumbers = (options: KafkaOptions): number[] =>
  Array.from({ length: options.brokers }, (_, index) => index + 1);

/** Names of the brokers: kafka-1, kafka-2, ... */
export const kafkaNames = (brokers: number): string[] =>
  Array.from({ length: brokers }, (_, index) => brokerName(index + 1));

function clientPort(options: KafkaOptions, client: string): number {
  return firstClientPort + options.clients.indexOf(client);
}

/** Every port a broker binds. */
export const kafkaPorts = (options: KafkaOptions): number[] => [
  brokerPort,
  controllerPort,
  ...options.clients.map((client) => clientPort(options, client)),
];

/** host:port of each broker as a client sees it, in the order of the brokers. */
export function bootstrapServers(options: KafkaOptions, client: string): string[] {
  return kafkaNames(options.brokers).map(
    (broker) => `${options.plan.link(client, broker)}:${clientPort(options, client)}`,
  );
}

/** The links between brokers and from every client to every broker. */
export function kafkaLinks(options: KafkaOptions): Link[] {
  const names = kafkaNames(options.brokers);
  return names.flatMap((to) => [
    ...names
      .filter((from) => from !== to)
      .map((from) => link(options.plan, from, to, [brokerPort, controllerPort])),
    ...options.clients.map((from) => link(options.plan, from, to, [clientPort(options, from)])),
  ]);
}

/**
 * The brokers, as nodes.
 * @param isReady asks a broker through the harness's own link whether it has joined the cluster.
 */
export function kafkaNodes(
  options: KafkaOptions,
  kafka: Installed["kafka"],
  isReady: (broker: number) => Promise<boolean>,
): NodeSpec[] {
  return brokerNumbers(options).map((number) => ({
    name: brokerName(number),
    kind: "kafka",
    address: `${options.plan.real(brokerName(number))}:${brokerPort}`,
    command: kafka.java,
    args: [
      "-Xms128m",
      "-Xmx256m",
      ...kafka.jvmFlags,
      ...(kafka.cdsArchive === undefined ? [] : [`-XX:SharedArchiveFile=${kafka.cdsArchive}`]),
      "-Djdk.net.hosts.file=hosts",
      "-Dsun.net.inetaddr.ttl=0",
      "-Djava.net.preferIPv4Stack=true",
      "-Dlog4j2.configurationFile=log4j2.properties",
      "-cp",
      kafka.classpath,
      "kafka.Kafka",
      "server.properties",
    ],
    prepare: (folder) => prepareBroker(folder, options, number, kafka.bootstrapCheckpoint),
    ready: () => isReady(number),
    readyWithin: "90s",
    stopSignal: "SIGTERM",
  }));
}

async function prepareBroker(
  folder: string,
  options: KafkaOptions,
  number: number,
  bootstrapCheckpoint: string,
): Promise<void> {
  await mkdir(join(folder, "data"), { recursive: true });
  await writeFile(join(folder, "hosts"), hostsFile(options, number));
  await writeFile(join(folder, "log4j2.properties"), logging);
  await writeFile(join(folder, "server.properties"), propertiesFile(brokerProperties(options, number)));
  await writeFile(join(folder, "data", "meta.properties"), propertiesFile(storageIdentity(number)));
  await copyFile(bootstrapCheckpoint, join(folder, "data", "bootstrap.checkpoint"));
}

/** What `kafka-storage format` writes into meta.properties; starting a JVM for it would cost seconds a broker. */
const storageIdentity = (number: number): Record<string, string | number> => ({
  version: 1,
  "cluster.id": clusterId,
  "node.id": number,
  "directory.id": Buffer.from(`faultline node ${number}`.padEnd(16).slice(0, 16)).toString("base64url"),
});

function hostsFile(options: KafkaOptions, from: number): string {
  const lines = brokerNumbers(options).map((to) => {
    const name = brokerName(to);
    return `${to === from ? options.plan.real(name) : options.plan.link(brokerName(from), name)} ${name}`;
  });
  return ["127.0.0.1 localhost", ...lines, ""].join("\n");
}

function brokerProperties(options: KafkaOptions, number: number): Record<string, string | number | boolean> {
  const name = brokerName(number);
  const real = options.plan.real(name);
  const clients = options.clients.map((client) => ({
    listener: listenerName(client),
    port: clientPort(options, client),
    seenAt: options.plan.link(client, name),
  }));
  const replicas = Math.min(3, options.brokers);
  const inSync = Math.min(2, options.brokers);
  return {
    "process.roles": "broker,controller",
    "node.id": number,
    "controller.quorum.voters": brokerNumbers(options)
      .map((voter) => `${voter}@${brokerName(voter)}:${controllerPort}`)
      .join(","),
    listeners: [
      `BROKER://${real}:${brokerPort}`,
      `CONTROLLER://${real}:${controllerPort}`,
      ...clients.map(({ listener, port }) => `${listener}://${real}:${port}`),
    ].join(","),
    "advertised.listeners": [
      `BROKER://${name}:${brokerPort}`,
      `CONTROLLER://${name}:${controllerPort}`,
      ...clients.map(({ listener, port, seenAt }) => `${listener}://${seenAt}:${port}`),
    ].join(","),
    "listener.security.protocol.map": ["BROKER", "CONTROLLER", ...clients.map(({ listener }) => listener)]
      .map((listener) => `${listener}:PLAINTEXT`)
      .join(","),
    "inter.broker.listener.name": "BROKER",
    "controller.listener.names": "CONTROLLER",
    "log.dirs": "data",
    "auto.create.topics.enable": false,
    "unclean.leader.election.enable": false,
    "default.replication.factor": replicas,
    "min.insync.replicas": inSync,
    "offsets.topic.replication.factor": replicas,
    "offsets.topic.num.partitions": 3,
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": inSync,
    "transaction.state.log.num.partitions": 3,
    "share.coordinator.state.topic.replication.factor": replicas,
    ...laptopSizes,
    ...failureDetection,
    ...options.settings,
  };
}

/** A listener's name: letters and digits only, so that no part of Kafka's own syntax can be in it. */
const listenerName = (client: string): string => client.toUpperCase().replaceAll(/[^A-Z0-9]/g, "");

/** Threads and buffers for three brokers on a laptop. */
const laptopSizes = {
  "num.network.threads": 2,
  "num.io.threads": 4,
  "background.threads": 2,
  "log.cleaner.dedupe.buffer.size": 2_097_152,
};

/**
 * A dead broker is noticed within about three seconds instead of the ten and more of the defaults, so that a scenario
 * takes a minute; still slow enough that a busy two-core machine raises no false alarm.
 */
const failureDetection = {
  "broker.session.timeout.ms": 2_000,
  "broker.heartbeat.interval.ms": 250,
  "controller.quorum.election.timeout.ms": 500,
  "controller.quorum.fetch.timeout.ms": 1_000,
  "controller.quorum.election.backoff.max.ms": 250,
  "controller.quorum.request.timeout.ms": 1_000,
  // What brokers forward to a controller that is paused would hang for 30 s, also after the next one was elected.
  "controller.socket.timeout.ms": 2_000,
  "replica.lag.time.max.ms": 2_000,
  "replica.fetch.wait.max.ms": 200,
  "replica.socket.timeout.ms": 2_000,
  "replica.fetch.backoff.ms": 100,
  "socket.connection.setup.timeout.ms": 1_000,
  "socket.connection.setup.timeout.max.ms": 1_000,
  "group.initial.rebalance.delay.ms": 0,
  "group.min.session.timeout.ms": 1_000,
  "group.consumer.min.session.timeout.ms": 1_000,
  "group.consumer.session.timeout.ms": 6_000,
  "group.consumer.min.heartbeat.interval.ms": 500,
  "group.consumer.heartbeat.interval.ms": 1_000,
};

function propertiesFile(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}

const logging = `status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=[%d] %p %m (%c{1})%n
rootLogger.level=INFO
rootLogger.appenderRef.console.ref=console
logger.config.name=org.apache.kafka.common.config
logger.config.level=WARN
`;
