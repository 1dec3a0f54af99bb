import { join } from "node:path";
import { EnvironmentError, messageOf } from "../util/errors.ts";
import { CacheError, cacheAt, cacheRoot } from "./cache.ts";
import { installByFirstWay } from "./choose.ts";
import { type InstalledPart, Installer, type Recipe } from "./install.ts";
import { findJava } from "./java.ts";
import { type ComponentName, manifest } from "./manifest.ts";
import type { ProgressListener } from "./progress.ts";
import { BOOTSTRAP_CHECKPOINT, kafkaClasspath } from "./recipes/kafka.ts";
import { BROKER_JVM_FLAGS, KAFKA_ARCHIVE, kafkaArchiveRecipe } from "./recipes/kafka-archive.ts";
import { POSTGRES_BIN, POSTGRES_DATA, postgresDataRecipe } from "./recipes/postgres.ts";
import { type PrometheusFiles, prometheusFiles } from "./recipes/prometheus.ts";
import { S3_SERVER } from "./recipes/s3.ts";
import { type SpeechFiles, speechFiles } from "./recipes/speech.ts";
import { TOXIPROXY_SERVER } from "./recipes/toxiproxy.ts";
import { WIREMOCK_JAR } from "./recipes/wiremock.ts";

export type { ComponentName } from "./manifest.ts";

/** Paths of every component, once installed. All are absolute; `version` is the one that was really installed. */
export interface Components {
  kafka: {
    version: string;
    /** The `java` to run it with. */
    java: string;
    /** The value of `-cp`; the class archive is bound to this very text. */
    classpath: string;
    /** Flags the class archive was made with; it is not used without them. */
    jvmFlags: readonly string[];
    /** The value of `-XX:SharedArchiveFile`, where one could be made. */
    cdsArchive: string | undefined;
    /** To copy into a new node's data folder beside its `meta.properties`, instead of formatting it. */
    bootstrapCheckpoint: string;
  };
  redis: { version: string; server: string };
  postgres: {
    version: string;
    /** The folder of `postgres` and `initdb`. */
    bin: string;
    /** An initialised data folder to copy, owned by the user that PostgreSQL runs as. */
    dataTemplate: string;
  };
  wiremock: { version: string; java: string; jar: string };
  toxiproxy: { version: string; server: string };
  k6: { version: string; binary: string };
  s3: { version: string; server: string };
  porcupine: { version: string; binary: string };
  prometheus: { version: string; files: PrometheusFiles };
  speech: { version: string; files: SpeechFiles };
}

/** The paths of the components that were asked for. */
export type Installed<Name extends ComponentName = ComponentName> = Pick<Components, Name>;

export interface ProvisionOptions {
  onProgress?: ProgressListener;
  signal?: AbortSignal | undefined;
  /** Where the cache lies; by default {@link cacheRoot}. */
  cache?: string;
}

type Provisioners = { [Name in ComponentName]: (installer: Installer) => Promise<Components[Name]> };

const provisioners: Provisioners = {
  async kafka(installer) {
    const java = await findJava(manifest.kafka.java);
    const { folder, marker } = await installByFirstWay(installer, "kafka");
    const archive = await installArchive(installer, kafkaArchiveRecipe(folder, java));
    return {
      version: marker.version,
      java: java.binary,
      classpath: kafkaClasspath(folder),
      jvmFlags: BROKER_JVM_FLAGS,
      cdsArchive: archive && join(archive.folder, KAFKA_ARCHIVE),
      bootstrapCheckpoint: join(folder, BOOTSTRAP_CHECKPOINT),
    };
  },

  async redis(installer) {
    const { folder, marker } = await installByFirstWay(installer, "redis");
    return { version: marker.version, server: join(folder, "redis-server") };
  },

  async postgres(installer) {
    const { folder, marker } = await installByFirstWay(installer, "postgres");
    const data = await installer.install(postgresDataRecipe(folder, marker.version));
    return {
      version: marker.version,
      bin: join(folder, POSTGRES_BIN),
      dataTemplate: join(data.folder, POSTGRES_DATA),
    };
  },

  async wiremock(installer) {
    const java = await findJava(manifest.wiremock.java);
    const { folder, marker } = await installByFirstWay(installer, "wiremock");
    return { version: marker.version, java: java.binary, jar: join(folder, WIREMOCK_JAR) };
  },

  async toxiproxy(installer) {
    const { folder, marker } = await installByFirstWay(installer, "toxiproxy");
    return { version: marker.version, server: join(folder, TOXIPROXY_SERVER) };
  },

  async k6(installer) {
    const { folder, marker } = await installByFirstWay(installer, "k6");
    return { version: marker.version, binary: join(folder, "k6") };
  },

  async s3(installer) {
    const { folder, marker } = await installByFirstWay(installer, "s3");
    return { version: marker.version, server: join(folder, S3_SERVER) };
  },

  async porcupine(installer) {
    const { folder, marker } = await installByFirstWay(installer, "porcupine");
    return { version: marker.version, binary: join(folder, "porcupine") };
  },

  async prometheus(installer) {
    const { folder, marker } = await installByFirstWay(installer, "prometheus");
    return { version: marker.version, files: prometheusFiles(folder) };
  },

  async speech(installer) {
    const { folder, marker } = await installByFirstWay(installer, "speech");
    return { version: marker.version, files: speechFiles(folder) };
  },
};

/**
 * Installs what is wanted and not there yet, side by side, and says where everything is. What is there is only
 * looked at, in milliseconds.
 * @throws EnvironmentError when something cannot be installed, naming each such component; the signal's reason
 *   when it aborts.
 */
export async function provision<Name extends ComponentName>(
  wanted: readonly Name[],
  options: ProvisionOptions = {},
): Promise<Installed<Name>> {
  const installer = new Installer(cacheAt(options.cache ?? cacheRoot()), options);
  const names = [...new Set(wanted)];
  const results = await Promise.allSettled(
    names.map(async (name) => [name, await provisioners[name](installer)] as const),
  );
  options.signal?.throwIfAborted();
  throwFailures(names, results);
  const entries = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  return Object.fromEntries(entries) as Installed<Name>;
}

function throwFailures(names: readonly ComponentName[], results: readonly PromiseSettledResult<unknown>[]) {
  const failures = results.flatMap((result, index) =>
    result.status === "rejected" ? [{ name: names[index], error: result.reason as unknown }] : [],
  );
  const [first, ...others] = failures;
  if (first === undefined) return;
  if (others.length === 0) throw first.error;
  const hints = failures.flatMap(({ error }) =>
    error instanceof EnvironmentError ? (error.hint ?? []) : [],
  );
  throw new EnvironmentError(
    `${failures.length} components could not be installed:\n` +
      failures.map(({ name, error }) => `  ${name}: ${messageOf(error)}`).join("\n"),
    { hint: [...new Set(hints)].join("\n"), cause: first.error },
  );
}

/** Without a class archive brokers start slower, and that is all: its failure is said and passed over. */
async function installArchive(installer: Installer, recipe: Recipe): Promise<InstalledPart | undefined> {
  try {
    return await installer.install(recipe);
  } catch (error) {
    installer.signal?.throwIfAborted();
    if (error instanceof CacheError) throw error;
    installer.say(recipe, "note", `brokers will start slower, without a class archive: ${messageOf(error)}`);
    return undefined;
  }
}
