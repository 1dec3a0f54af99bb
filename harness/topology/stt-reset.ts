import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Node } from "../runtime/node.ts";
import type { DagloData } from "./daglo-data.ts";
import type { KafkaData } from "./kafka-data.ts";
import type { PostgresData } from "./postgres-data.ts";
import type { RedisServers } from "./redis-servers.ts";
import type { TopologyReset } from "./topology.ts";

/** Everything in a topology that keeps data. */
export interface SttStores {
  readonly kafka: KafkaData;
  readonly redis: RedisServers;
  readonly postgres?: PostgresData;
  readonly daglo?: DagloData;
  readonly audioFolder: string;
  /** Programs that hold locks, or are members of groups, in their own memory: they are started anew. */
  readonly programs: readonly Node[];
}

/**
 * Puts the stores of the service back to what they were at its start. The service itself runs on: what it remembers is by
 * the id of a recording, and ids are never used twice.
 *
 * PostgreSQL comes first. Once a recording is gone from there, the service drops whatever else it meets of it, so that Kafka
 * runs empty at once, whatever state the recording was in; and nothing is written any more when the others are emptied.
 */
export class SttReset implements TopologyReset {
  readonly #stores: SttStores;

  constructor(stores: SttStores) {
    this.#stores = stores;
  }

  async empty(): Promise<void> {
    const { postgres, kafka, redis, daglo, audioFolder, programs } = this.#stores;
    await Promise.all(programs.map((program) => program.stop()));
    await postgres?.empty();
    await kafka.empty();
    await Promise.all([redis.empty(), daglo?.empty(), emptyFolder(audioFolder)]);
    await Promise.all(programs.map((program) => program.start()));
  }

  async leftovers(): Promise<readonly string[]> {
    const { postgres, kafka, redis, daglo, audioFolder } = this.#stores;
    const found = await Promise.all([
      postgres?.leftovers() ?? [],
      kafka.leftovers(),
      redis.leftovers(),
      daglo?.leftovers() ?? [],
      filesIn(audioFolder),
    ]);
    return found.flat();
  }
}

async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
}

async function filesIn(folder: string): Promise<string[]> {
  const { length } = await readdir(folder);
  return length === 0 ? [] : [`audio of ${length} recordings`];
}
