import { chmod, mkdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { place } from "../downloads.ts";
import { execute } from "../execute.ts";
import type { Recipe } from "../install.ts";
import { findJava, type Java } from "../java.ts";
import { manifest } from "../manifest.ts";

const { version, jars } = manifest.kafka;

/** The records every new node starts from; the same for all clusters of one Kafka version. */
export const BOOTSTRAP_CHECKPOINT = "bootstrap.checkpoint";

/** Every jar gets this time (seconds since the epoch): a class archive is refused when a jar is newer than it was. */
const JAR_TIME = 946_684_800;

const jarNames = jars.map(({ name }) => name).sort();

/** The class path of a broker: the same text each time, because a class archive is bound to it. */
export function kafkaClasspath(folder: string): string {
  return jarNames.map((name) => join(folder, "libs", name)).join(":");
}

/** The broker's jars and a saved bootstrap checkpoint, which spares every start the storage tool's seconds. */
export function kafkaRecipe(): Recipe {
  return {
    component: "kafka",
    part: "kafka",
    version,
    source: "Maven",
    determinants: jars,
    bytes: 80_000_000,
    files: jars,
    async fill(folder, { obtain, say, signal, heavy }) {
      await mkdir(join(folder, "libs"));
      await Promise.all(
        jars.map(async (jar) => {
          const path = join(folder, "libs", jar.name);
          await place(await obtain(jar), path);
          await chmod(path, 0o644);
          await utimes(path, JAR_TIME, JAR_TIME);
        }),
      );
      await heavy(async () => {
        say("build", "a storage template");
        await makeCheckpoint(folder, await findJava(manifest.kafka.java), signal);
      });
    },
  };
}

/** Lets Kafka's own tool format a data folder and keeps the part that does not depend on the cluster. */
async function makeCheckpoint(folder: string, java: Java, signal: AbortSignal): Promise<void> {
  const work = join(folder, "format");
  const data = join(work, "data");
  await mkdir(data, { recursive: true });
  const properties = join(work, "server.properties");
  await writeFile(
    properties,
    [
      "process.roles=broker,controller",
      "node.id=1",
      "controller.quorum.voters=1@localhost:1",
      "listeners=PLAINTEXT://localhost:2,CONTROLLER://localhost:1",
      "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
      "controller.listener.names=CONTROLLER",
      `log.dirs=${data}`,
      "",
    ].join("\n"),
  );
  const tool = ["-cp", kafkaClasspath(folder), "kafka.tools.StorageTool"];
  const cluster = "RmF1bHRsaW5lQ2x1c3Rlcg";
  await execute(
    java.binary,
    ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", ...tool, "format", "-t", cluster, "-c", properties],
    { signal, timeoutMs: 120_000 },
  );
  const checkpoint = join(folder, BOOTSTRAP_CHECKPOINT);
  await rename(join(data, BOOTSTRAP_CHECKPOINT), checkpoint);
  if ((await readFile(checkpoint)).length === 0) throw new Error(`StorageTool wrote an empty ${checkpoint}`);
  await rm(work, { recursive: true });
}
