import { expect } from "chai";
import { ulid } from "ulid";
import { redisKeys } from "../contract/redis-keys.ts";
import { transcriptionStatus } from "../testing/factory.ts";
import { useServers } from "../testing/servers.integration.test.ts";
import { connectInstance, type Instance, metricOf } from "./instances.integration.test.ts";
import type { CachedStatus } from "./status-cache.ts";

describe("the status cache", () => {
  const servers = useServers();
  let stack: AsyncDisposableStack;
  let first: Instance;

  const newInstance = () => connectInstance(stack, { kind: "single", url: servers.redisUrl });
  const row = (parts: Partial<CachedStatus> = {}) => transcriptionStatus({ id: ulid(), ...parts });
  const put = (status: CachedStatus, ageMs = 0) => first.cache.put(status, first.cache.moment() - ageMs);

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    first = await newInstance();
  });
  afterEach(() => stack.disposeAsync());

  it("gives what was put, to every instance, for half an hour", async () => {
    const status = row();
    await put(status);
    const other = await newInstance();
    expect(await other.cache.get(status.id)).to.deep.equal(status);
    const ttl = await first.redis.call("pttl", (redis) => redis.pttl(redisKeys.status(status.id)));
    expect(ttl).to.be.within(1_700_000, 1_800_000);
    expect(await metricOf(other.metrics, "stt_status_cache_reads_total", { outcome: "hit" })).to.equal(1);
  });

  it("never goes back to an older version, or to less progress", async () => {
    const newer = row({ progress: 50 });
    await put(newer);
    await put({ ...newer, version: 3, status: "ENCODED", progress: null });
    expect(await first.cache.get(newer.id)).to.deep.equal(newer);
    await put({ ...newer, progress: 20 });
    expect(await first.cache.get(newer.id)).to.deep.equal(newer);
    const next = { ...newer, version: 5, status: "SUMMARIZING", progress: null } as const;
    await put(next);
    expect(await first.cache.get(newer.id)).to.deep.equal(next);
  });

  it("holds the newest of many versions put at once", async () => {
    const status = row();
    const writers = await Promise.all(Array.from({ length: 5 }, newInstance));
    const versions = [4, 9, 6, 8, 5, 7, 3, 2];
    await Promise.all(
      versions.map((version, n) =>
        (writers[n % writers.length] ?? first).cache.put({ ...status, version }, first.cache.moment()),
      ),
    );
    expect(await first.cache.get(status.id)).to.include({ version: 9 });
  });

  it("does not believe what was read too long ago, unless it is final", async () => {
    const old = row();
    await put(old, 2_500);
    expect(await first.cache.get(old.id)).to.equal(null);
    const final = row({ status: "COMPLETED", version: 6 });
    await put(final, 2_500);
    expect(await first.cache.get(final.id)).to.deep.equal(final);
    expect(await metricOf(first.metrics, "stt_status_cache_reads_total", { outcome: "stale" })).to.equal(1);
  });

  it("does not believe what has changed since, as it was heard, unless it is final", async () => {
    const other = await connectInstance(
      stack,
      { kind: "single", url: servers.redisUrl },
      "test",
      (_id, version) => version < 5,
    );
    const outdated = row({ version: 4 });
    const latest = row({ version: 5, status: "SUMMARIZING" });
    const final = row({ version: 4, status: "COMPLETED" });
    for (const status of [outdated, latest, final]) await put(status);
    expect(await other.cache.get(outdated.id)).to.equal(null);
    expect(await other.cache.get(latest.id)).to.deep.equal(latest);
    expect(await other.cache.get(final.id)).to.deep.equal(final);
  });

  it("takes what it cannot read for a miss, and is put right by the next write", async () => {
    const status = row();
    for (const json of ["{", '{"id":1}']) {
      await first.redis.call("hset", (redis) =>
        redis.hset(redisKeys.status(status.id), { version: 1, progress: 0, json, at: 0 }),
      );
      expect(await first.cache.get(status.id)).to.equal(null);
    }
    await put(status);
    expect(await first.cache.get(status.id)).to.deep.equal(status);
  });

  it("is not written while the server's clock is unknown", async () => {
    const status = row();
    const lonely = await newInstance();
    await lonely.redis[Symbol.asyncDispose]();
    await lonely.cache.put(status, lonely.cache.moment());
    expect(await first.cache.get(status.id)).to.equal(null);
  });
});
