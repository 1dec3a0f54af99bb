import { expect } from "chai";
import { until } from "../../harness/util/until.ts";
import { messageHeaders } from "../contract/messages.ts";
import { stageTopics } from "../contract/topics.ts";
import { Database } from "../storage/database.ts";
import { newChunk, tokenFor } from "../testing/factory.ts";
import { service, silent, uniqueName, useServers } from "../testing/servers.integration.test.ts";
import { SttUser } from "../testing/stt-user.ts";
import { IsolatedServices } from "./testing/isolated-service.ts";

describe("the silence watcher", () => {
  const servers = useServers();

  it("finishes each silent recording once, however many instances watch", async () => {
    const world = new IsolatedServices(servers, uniqueName("silence"), await servers.newDatabase());
    const env = { STT_HEARTBEAT_TTL_MS: "1200" };
    await using first = await world.start("a", env);
    await using second = await world.start("b", env);
    const users = [await world.user(first), await world.user(second)] as const;
    const started = async () => (await users[1].call("GET", "/health/ready")).status === 200;
    await until(started, "the instances are ready").atMost("30s");

    const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => users[n % 2 === 0 ? 0 : 1].start()));
    await Promise.all(ids.map((id) => users[0].send(id, 0, newChunk())));
    const status = async (id: string) => (await users[0].view(id)).status;
    for (const id of ids)
      await until(async () => (await status(id)) === "ENCODED", `${id} ends`).atMost("30s");

    await using database = new Database(world.databaseUrl, 1, silent);
    const sent = await database.query<{ key: string; version: string }>(
      `select key, headers ->> '${messageHeaders.version}' as version from outbox where topic = $1 order by key`,
      [stageTopics.encoding],
    );
    expect(sent.rows).to.deep.equal(ids.toSorted().map((key) => ({ key, version: "2" })));
  });

  it("without Redis, cuts nobody off who is alive and finishes who is not", async () => {
    const { services, jwtSecret } = servers.running;
    const alice = new SttUser(services[0]?.baseUrl ?? "", await tokenFor("alice", jwtSecret));
    await using database = new Database(servers.databaseUrl, 1, silent);
    const setSilence = (id: string, seconds: number) =>
      database.query("update transcriptions set last_seen = now() - $2 * interval '1 second' where id = $1", [
        ...[id, seconds],
      ]);
    const silence = async (id: string) => {
      const found = await database.query<{ seconds: number }>(
        "select extract(epoch from now() - last_seen)::float as seconds from transcriptions where id = $1",
        [id],
      );
      return found.rows[0]?.seconds ?? Number.NaN;
    };
    const alive = await alice.start();
    const dead = await alice.start();
    await alice.send(dead, 0, newChunk());
    await alice.heartbeat(alive); // the first is saved, and Redis remembers that it was
    await setSilence(alive, 20);
    await alice.heartbeat(alive);
    expect(await silence(alive), "with Redis the second one is not saved").to.be.greaterThan(15);
    {
      await using _cut = await servers.cut("redis-1", service);
      await alice.heartbeat(alive);
      expect(await silence(alive), "without Redis every heartbeat is").to.be.lessThan(15);
      await setSilence(dead, 60);
      const finished = async () => (await alice.view(dead)).status === "ENCODED";
      await until(finished, "the silent one is finished").atMost("20s");
    }
    const back = async () => (await alice.status(alive)).status === "RECORDING";
    await until(back, "Redis is back").atMost("10s");
    await setSilence(alive, 20);
    await alice.heartbeat(alive);
    expect(await silence(alive), "what Redis has forgotten is saved again").to.be.lessThan(15);
  });
});
