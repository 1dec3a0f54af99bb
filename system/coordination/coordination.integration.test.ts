import { expect } from "chai";
import { ulid } from "ulid";
import { until } from "../../harness/util/until.ts";
import { redisKeys } from "../contract/redis-keys.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { silent, useServers } from "../testing/servers.integration.test.ts";
import { Heartbeats } from "./heartbeats.ts";
import { ProcessorLocks } from "./processor-lock.ts";
import { RedisConnection } from "./redis.ts";
import { type CachedStatus, StatusCache } from "./status-cache.ts";

/** What one instance of the service has of Redis. */
interface Instance {
  readonly redis: RedisConnection;
  readonly metrics: Metrics;
  readonly locks: ProcessorLocks;
  readonly cache: StatusCache;
}

describe("coordination in Redis", () => {
  const servers = useServers();
  let instances: AsyncDisposableStack;
  let first: Instance;

  beforeEach(async () => {
    instances = new AsyncDisposableStack();
    first = await newInstance();
  });
  afterEach(() => instances.disposeAsync());

  async function newInstance(): Promise<Instance> {
    const metrics = createMetrics("test");
    const redis = instances.use(
      new RedisConnection({ kind: "single", url: servers.redisUrl }, silent, metrics),
    );
    // It knows the server's clock once it is connected.
    await until(() => redis.serverTime(performance.now()), "connected to Redis")
      .every("5ms")
      .atMost("5s");
    return {
      redis,
      metrics,
      locks: new ProcessorLocks(redis, metrics),
      cache: new StatusCache(redis, metrics),
    };
  }

  const newInstances = (count: number) => Promise.all(Array.from({ length: count }, newInstance));
  const ttlOf = (id: string) => first.redis.call("pttl", (redis) => redis.pttl(redisKeys.lock(id)));
  const ownerOf = (id: string) => first.redis.call("get", (redis) => redis.get(redisKeys.lock(id)));

  describe("the processor lock", () => {
    for (const [acquirers, rounds] of [
      [10, 10],
      [100, 5],
    ] as const) {
      it(`has one holder of ${acquirers} who ask at once`, async () => {
        const tried = await newInstances(10);
        for (let round = 0; round < rounds; round++) {
          const id = ulid();
          const allOthersBusy = Promise.withResolvers<void>();
          let holders = 0;
          let busy = 0;
          const ask = async ({ locks }: Instance) => {
            const outcome = await locks.withLock(id, async () => {
              holders++;
              await allOthersBusy.promise; // a second holder would wait here as well, and be counted
            });
            if (outcome === "busy") busy++;
            if (busy + holders === acquirers) allOthersBusy.resolve();
          };
          const asks = Array.from({ length: acquirers }, (_, n) => ask(tried[n % tried.length] ?? first));
          await until(() => busy + holders === acquirers, "everybody has been answered").atMost("5s");
          allOthersBusy.resolve();
          await Promise.all(asks);
          expect({ holders, busy }).to.deep.equal({ holders: 1, busy: acquirers - 1 });
          expect(await ownerOf(id)).to.equal(null);
        }
      });
    }

    it("is renewed while its holder works, expires after its death, and goes to the next", async () => {
      const id = ulid();
      const dying = await newInstance();
      const end = Promise.withResolvers<void>();
      const dyingWork = dying.locks.withLock(id, () => end.promise);
      await until(() => ownerOf(id), "the lock is held").atMost("2s");

      let last = await ttlOf(id);
      const renewed = async () => {
        const ttl = await ttlOf(id);
        const risen = ttl > last;
        last = ttl;
        return risen;
      };
      await until(renewed, "the lock is renewed").atMost("4s");

      await dying.redis[Symbol.asyncDispose](); // nothing it does reaches Redis from now on
      const left = await ttlOf(id);
      expect(left).to.be.within(1, 5_000);
      expect(await first.locks.withLock(id, async () => "mine")).to.equal("busy");
      const next = until(
        async () => (await first.locks.withLock(id, async () => "mine")) === "mine",
        "the lock has expired",
      );
      await next.atMost("6s");
      end.resolve();
      await dyingWork;
    });

    it("is not released or renewed by one who has lost it to another", async () => {
      const id = ulid();
      const key = redisKeys.lock(id);
      await first.locks.withLock(id, async () => {
        // As after a failover that forgot the lock: another has it now.
        await first.redis.call("set", (redis) => redis.set(key, "another", "PX", 60_000));
        const renewal = first.redis.call("renew", (redis) => redis.sttRenew(key, "not another", "90000"));
        expect(await renewal).to.equal(0);
      });
      expect(await ownerOf(id)).to.equal("another");
      expect(await ttlOf(id)).to.be.within(1, 60_000);
    });

    it("is released when the work fails", async () => {
      const id = ulid();
      const failing = first.locks.withLock(id, async () => {
        throw new Error("no luck");
      });
      expect(await failing.catch((error: Error) => error.message)).to.equal("no luck");
      expect(await ownerOf(id)).to.equal(null);
    });
  });

  describe("the status cache", () => {
    const row = (parts: Partial<CachedStatus> = {}): CachedStatus => ({
      id: ulid(),
      owner: "alice",
      status: "PROCESSING",
      version: 4,
      progress: null,
      ...parts,
    });
    const put = (status: CachedStatus, ageMs = 0) => first.cache.put(status, first.cache.moment() - ageMs);

    it("gives what was put, to every instance", async () => {
      const status = row();
      await put(status);
      const other = await newInstance();
      expect(await other.cache.get(status.id)).to.deep.equal(status);
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
      const writers = await newInstances(5);
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
    });
  });

  it("tells PostgreSQL of the first heartbeat, and not of the next ones", async () => {
    const heartbeats = new Heartbeats(first.redis, 30_000);
    const id = ulid();
    expect(await heartbeats.beat(id)).to.equal(true);
    expect(await heartbeats.beat(id)).to.equal(true); // nobody said that it was saved
    await heartbeats.saved(id);
    expect(await heartbeats.beat(id)).to.equal(false);
    const ttl = await first.redis.call("pttl", (redis) => redis.pttl(redisKeys.heartbeat(id)));
    expect(ttl).to.be.within(25_000, 30_000);
  });

  for (const [what, damage] of [
    ["refuses connections", "cut"],
    ["hangs", "blackhole"],
  ] as const) {
    it(`goes on without Redis when it ${what}, with little delay, and uses it again afterwards`, async () => {
      const status = { id: ulid(), owner: "alice", status: "COMPLETED", version: 6, progress: null } as const;
      await first.cache.put(status, first.cache.moment());
      const heartbeats = new Heartbeats(first.redis, 30_000);
      await heartbeats.saved(status.id);
      {
        await using _damage = await servers[damage]("redis-1");
        const withoutRedis = async () => {
          expect(await first.cache.get(status.id)).to.equal(null);
          expect(await first.locks.withLock(ulid(), async () => "done")).to.equal("done");
          expect(await heartbeats.beat(status.id)).to.equal(true);
        };
        // A call takes at most 300 ms, and after three of them the breaker opens.
        expect(await msOf(() => first.cache.get(status.id))).to.be.below(700);
        expect(await msOf(withoutRedis)).to.be.below(1_800);
        expect(await msOf(withoutRedis)).to.be.below(500);
      }
      await until(() => first.cache.get(status.id), "Redis is used again").atMost("10s");
      expect(await heartbeats.beat(status.id)).to.equal(false);
    });
  }
});

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
