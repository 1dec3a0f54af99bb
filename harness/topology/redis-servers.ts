import { EnvironmentError } from "../util/errors.ts";
import { redisMaster, withClient } from "./redis.ts";

/** A Redis server or sentinel. */
export interface RedisMember {
  readonly name: string;
  readonly kind: string;
  /** host:port of the node itself. */
  readonly address: string;
  /** host:port that it announces to the others. */
  readonly announced: string;
}

/** The harness's own view of Redis, past all links, which no fault touches. Nothing is cached. */
export class RedisServers {
  readonly #servers: readonly RedisMember[];
  readonly #sentinels: readonly RedisMember[];

  constructor(members: readonly RedisMember[]) {
    this.#servers = members.filter(({ kind }) => kind === "redis");
    this.#sentinels = members.filter(({ kind }) => kind === "sentinel");
  }

  /**
   * The name of the primary. With sentinels it is the one that most of those who answer hold for it: in a split brain
   * an old primary goes on calling itself one.
   * @throws EnvironmentError when there is none.
   */
  async primary(): Promise<string> {
    const [only] = this.#servers;
    const name = this.#sentinels.length > 0 ? await this.#electedPrimary() : only?.name;
    if (name === undefined) throw new EnvironmentError("there is no Redis primary");
    return name;
  }

  async #electedPrimary(): Promise<string | undefined> {
    const votes = await Promise.allSettled(
      this.#sentinels.map(({ address }) =>
        withClient(address, async (client) => {
          const answer = await client.call("SENTINEL", "get-master-addr-by-name", redisMaster);
          return Array.isArray(answer) ? answer.join(":") : "";
        }),
      ),
    );
    const counts = Map.groupBy(
      votes.flatMap((vote) => (vote.status === "fulfilled" ? [vote.value] : [])),
      (announced) => announced,
    );
    const [elected] = [...counts].sort(([, a], [, b]) => b.length - a.length)[0] ?? [];
    return this.#servers.find(({ announced }) => announced === elected)?.name;
  }

  /**
   * Whom a server follows, in its own view, and whether it has all that the other has sent.
   * @returns `follows` undefined: it holds itself for the primary.
   * @throws Error when it does not answer, or follows nobody we know.
   */
  async replication(name: string): Promise<{ follows?: string; inSync: boolean }> {
    const server = this.#servers.find((one) => one.name === name);
    if (!server) throw new EnvironmentError(`there is no Redis server ${name}`);
    const info = await withClient(server.address, (client) => client.info("replication"));
    const field = (key: string) => new RegExp(`^${key}:(.*)$`, "m").exec(info)?.[1]?.trim();
    if (field("role") === "master") return { inSync: true };
    const address = `${field("master_host")}:${field("master_port")}`;
    const follows = this.#servers.find(({ announced }) => announced === address)?.name;
    if (follows === undefined)
      throw new EnvironmentError(`${name} follows ${address}, which is no server of ours`);
    return { follows, inSync: field("master_link_status") === "up" };
  }

  /** What the primary has at a key; null when there is nothing. */
  async get(key: string): Promise<string | null> {
    return withClient(await this.#primaryAddress(), (client) => client.get(key));
  }

  /** The primary's keys that match a pattern of Redis (`stt:processor:lock:*`), in no order. */
  async keys(pattern: string): Promise<string[]> {
    return withClient(await this.#primaryAddress(), (client) => client.keys(pattern));
  }

  /** Deletes all keys; the replicas follow in a moment. */
  async empty(): Promise<void> {
    if (this.#servers.length > 0)
      await withClient(await this.#primaryAddress(), (client) => client.flushall());
  }

  /** @returns `3 keys in redis-1`, one for each server that has any. */
  async leftovers(): Promise<string[]> {
    const counts = await Promise.all(
      this.#servers.map(async ({ name, address }) => ({
        name,
        keys: await withClient(address, (client) => client.dbsize()),
      })),
    );
    return counts.filter(({ keys }) => keys > 0).map(({ name, keys }) => `${keys} keys in ${name}`);
  }

  async #primaryAddress(): Promise<string> {
    const primary = await this.primary();
    return this.#servers.find(({ name }) => name === primary)?.address ?? "";
  }
}
