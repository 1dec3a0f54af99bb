import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { messageOf } from "../../util/errors.ts";
import { until } from "../../util/until.ts";
import { diesWithParent } from "../execute.ts";
import type { Recipe } from "../install.ts";
import type { Java } from "../java.ts";
import { manifest } from "../manifest.ts";
import { BOOTSTRAP_CHECKPOINT, kafkaClasspath } from "./kafka.ts";

/** The archive, from its folder. */
export const KAFKA_ARCHIVE = "kafka.jsa";

/** Flags of a broker's virtual machine. An archive made with others is not used. */
export const BROKER_JVM_FLAGS: readonly string[] = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

/**
 * An archive of the classes a broker loads (AppCDS): with it a broker starts in half the time. It is made by a real
 * broker that serves a few requests and is stopped.
 * @param kafkaFolder the installed jars, already at their final place: the archive holds their paths.
 */
export function kafkaArchiveRecipe(kafkaFolder: string, java: Java): Recipe {
  const classpath = kafkaClasspath(kafkaFolder);
  return {
    component: "kafka",
    part: "kafka-archive",
    version: manifest.kafka.version,
    source: `Java ${java.version}`,
    determinants: [classpath, java.fingerprint, BROKER_JVM_FLAGS],
    bytes: 100_000_000,
    files: [],
    async fill(folder, { say, signal, heavy }) {
      await heavy(async () => {
        say("build", "a class archive, with a broker that runs for a moment");
        await runBrokerOnce(folder, kafkaFolder, java, signal, (note) => say("note", note));
      });
      const { size } = await stat(join(folder, KAFKA_ARCHIVE));
      if (size === 0) throw new Error("Java wrote an empty class archive");
    },
  };
}

async function runBrokerOnce(
  folder: string,
  kafkaFolder: string,
  java: Java,
  signal: AbortSignal,
  note: (message: string) => void,
): Promise<void> {
  const work = join(folder, "broker");
  const [clientPort, controllerPort] = await freePorts();
  await writeBrokerFiles(work, kafkaFolder, clientPort, controllerPort);
  const logFile = join(work, "broker.log");
  const log = await open(logFile, "w");
  const [file = java.binary, ...args] = diesWithParent([
    java.binary,
    "-Xms128m",
    "-Xmx256m",
    ...BROKER_JVM_FLAGS,
    `-XX:ArchiveClassesAtExit=${join(folder, KAFKA_ARCHIVE)}`,
    `-Dlog4j2.configurationFile=${join(work, "log4j2.properties")}`,
    "-cp",
    kafkaClasspath(kafkaFolder),
    "kafka.Kafka",
    join(work, "server.properties"),
  ]);
  const broker = spawn(file, args, { cwd: work, detached: true, stdio: ["ignore", log.fd, log.fd] });
  try {
    await until(() => startOrEnd(broker, logFile), "the broker has started")
      .every("100ms")
      .unless(signal)
      .atMost("90s");
    if (hasEnded(broker)) throw new Error(`it ended with ${broker.exitCode ?? broker.signalCode}`);
    const { exerciseBroker } = await import("./kafka-exercise.ts");
    await exerciseBroker(`127.0.0.1:${clientPort}`).catch((error: Error) =>
      note(`the archive has fewer classes than it could: ${error.message}`),
    );
    broker.kill("SIGTERM");
    await until(() => hasEnded(broker), "the broker has written its classes and ended")
      .every("50ms")
      .unless(signal)
      .atMost("90s");
  } catch (error) {
    const tail = (await readFile(logFile, "utf8")).replace(/^\[.*\[cds\].*\n/gm, "").slice(-1_500);
    throw new Error(`the broker that makes the class archive failed: ${messageOf(error)}\n${tail}`, {
      cause: error,
    });
  } finally {
    if (!hasEnded(broker)) {
      broker.kill("SIGKILL");
      await once(broker, "exit");
    }
    await log.close();
  }
  await rm(work, { recursive: true });
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

async function startOrEnd(broker: ChildProcess, logFile: string): Promise<boolean> {
  return hasEnded(broker) || (await readFile(logFile, "utf8")).includes("Kafka Server started");
}

async function writeBrokerFiles(
  work: string,
  kafkaFolder: string,
  clientPort: number,
  controllerPort: number,
) {
  const data = join(work, "data");
  await mkdir(data, { recursive: true });
  await copyFile(join(kafkaFolder, BOOTSTRAP_CHECKPOINT), join(data, BOOTSTRAP_CHECKPOINT));
  const lines = (...text: string[]) => `${text.join("\n")}\n`;
  await writeFile(
    join(data, "meta.properties"),
    lines(
      "cluster.id=RmF1bHRsaW5lQ2x1c3Rlcg",
      "directory.id=RmF1bHRsaW5lRGlyZWN0bw",
      "node.id=1",
      "version=1",
    ),
  );
  await writeFile(
    join(work, "server.properties"),
    lines(
      "process.roles=broker,controller",
      "node.id=1",
      `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
      `listeners=PLAINTEXT://127.0.0.1:${clientPort},CONTROLLER://127.0.0.1:${controllerPort}`,
      "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
      "controller.listener.names=CONTROLLER",
      `log.dirs=${data}`,
      "offsets.topic.replication.factor=1",
      "offsets.topic.num.partitions=1",
      "transaction.state.log.replication.factor=1",
      "transaction.state.log.min.isr=1",
      "transaction.state.log.num.partitions=1",
      "group.initial.rebalance.delay.ms=0",
    ),
  );
  await writeFile(
    join(work, "log4j2.properties"),
    lines(
      "status=error",
      "appender.c.type=Console",
      "appender.c.name=C",
      "appender.c.layout.type=PatternLayout",
      "appender.c.layout.pattern=[%d] %p %m (%c{1})%n",
      "rootLogger.level=INFO",
      "rootLogger.appenderRef.c.ref=C",
    ),
  );
}

/** Two ports of 127.0.0.1 that nobody uses now. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = server.address();
    if (address !== null && typeof address === "object") ports.push(address.port);
  }
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  const [first, second] = ports;
  if (first === undefined || second === undefined) throw new Error("no free port on 127.0.0.1");
  return [first, second];
}
