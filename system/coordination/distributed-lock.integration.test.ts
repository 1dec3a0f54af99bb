import { expect } from "chai";
import { ulid } from "ulid";
import { until } from "../../harness/util/until.ts";
import { redisKeys } from "../contract/redis-keys.ts";
import { useServers } from "../testing/servers.integration.test.ts";
import { connectInstance, type Instance, metricOf } from "./instances.integration.test.ts";
import { LockLost } from "./processor-lock.ts";

describe("DistributedLock", () => {
  const servers = useServers();
  let stack: AsyncDisposableStack;
  let first: Instance;

  const newInstance = () => connectInstance(stack, { kind: "single", url: servers.redisUrl });
  const newInstances = (count: number) => Promise.all(Array.from({ length: count }, newInstance));
  const ttlOf = (id: string) => first.redis.call("pttl", (redis) => redis.pttl(redisKeys.lock(id)));
  const ownerOf = (id: string) => first.redis.call("get", (redis) => redis.get(redisKeys.lock(id)));
  const ask = (instance: Instance, id: string) => instance.locks.withLock(id, async () => "mine");

  /** Holds the lock until told to end. */
  async function hold(instance: Instance, id: string) {
    const { promise, resolve: end } = Promise.withResolvers<void>();
    const holding = Promise.withResolvers<AbortSignal>();
    const done = instance.locks.withLock(id, async (lost) => {
      holding.resolve(lost);
      await promise;
    });
    return { lost: await holding.promise, end, done };
  }

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    first = await newInstance();
  });
  afterEach(() => stack.disposeAsync());

  for (const [name, acquirers, rounds] of [
    ["of 10 who ask at once, exactly one gets it", 10, 10],
    ["is atomic: of 100 who ask at once, exactly one gets it", 100, 5],
  ] as const) {
    it(name, async () => {
      const tried = await newInstances(10);
      for (let round = 0; round < rounds; round++) {
        const id = ulid();
        const allOthersBusy = Promise.withResolvers<void>();
        let holders = 0;
        let busy = 0;
        const tryOnce = async ({ locks }: Instance) => {
          const outcome = await locks.withLock(id, async () => {
            holders++;
            await allOthersBusy.promise; // a second holder would wait here as well, and be counted
          });
          if (outcome === "busy") busy++;
          if (busy + holders === acquirers) allOthersBusy.resolve();
        };
        const tries = Array.from({ length: acquirers }, (_, n) => tryOnce(tried[n % tried.length] ?? first));
        await until(() => busy + holders === acquirers, "everybody has been answered").atMost("5s");
        allOthersBusy.resolve();
        await Promise.all(tries);
        expect({ holders, busy }).to.deep.equal({ holders: 1, busy: acquirers - 1 });
        expect(await ownerOf(id)).to.equal(null);
      }
    });
  }

  it("is got by another once the TTL of a dead owner has expired, and not before", async () => {
    const id = ulid();
    const dying = await newInstance();
    const { end, done } = await hold(dying, id);
    await dying.redis[Symbol.asyncDispose](); // nothing it does reaches Redis from now on
    expect(await ttlOf(id)).to.be.within(1, 5_000);
    expect(await ask(first, id)).to.equal("busy");
    await until(async () => (await ask(first, id)) === "mine", "the lock has expired").atMost("7s");
    end();
    await done;
  });

  it("outlives its TTL while its holder renews it", async () => {
    const id = ulid();
    const { end, done, lost } = await hold(first, id);
    const owner = await ownerOf(id);
    const other = await newInstance();
    const now = async () => Number((await first.redis.call("time", (redis) => redis.time()))[0]);
    const expired = (await now()) + 6;
    const kept = async () => {
      expect(await ask(other, id)).to.equal("busy");
      return (await now()) > expired;
    };
    await until(kept, "a TTL has passed").every("200ms").atMost("9s");
    expect(await ownerOf(id)).to.equal(owner);
    expect(lost.aborted).to.equal(false);
    end();
    await done;
    expect(await ask(other, id)).to.equal("mine");
    expect(await metricOf(first.metrics, "stt_lock_lost_total")).to.equal(0);
  });

  it("is not released or renewed by one who does not own it", async () => {
    const id = ulid();
    const { end, done } = await hold(first, id);
    // As after a failover that forgot the lock: another has it now.
    const key = redisKeys.lock(id);
    await first.redis.call("set", (redis) => redis.set(key, "another", "PX", 60_000));
    const renewal = await first.redis.call("renew", (redis) => redis.sttRenew(key, "not another", "90000"));
    expect(renewal).to.equal(0);
    end();
    await done;
    expect(await ownerOf(id)).to.equal("another");
    expect(await ttlOf(id)).to.be.within(1, 60_000);
    expect(await metricOf(first.metrics, "stt_lock_lost_total"), "found at the release").to.equal(1);
  });

  it("tells its holder when it is lost, once", async () => {
    const id = ulid();
    const { end, done, lost } = await hold(first, id);
    await first.redis.call("del", (redis) => redis.del(redisKeys.lock(id)));
    await until(() => lost.aborted, "a renewal found the lock lost").atMost("4s");
    expect(lost.reason).to.be.instanceOf(LockLost);
    expect(await ask(await newInstance(), id)).to.equal("mine");
    end();
    await done;
    expect(await metricOf(first.metrics, "stt_lock_lost_total")).to.equal(1);
  });

  it("is released when the work fails", async () => {
    const id = ulid();
    const failing = first.locks.withLock(id, async () => {
      throw new Error("no luck");
    });
    expect(await failing.catch((error: Error) => error.message)).to.equal("no luck");
    expect(await ownerOf(id)).to.equal(null);
  });

  it("says who holds it, and measures waiting and holding", async () => {
    const id = ulid();
    const { end, done } = await hold(first, id);
    expect(await ownerOf(id)).to.match(/^test\/[0-9a-f-]{36}$/);
    expect(await ask(first, id)).to.equal("busy");
    end();
    await done;
    const text = await first.metrics.registry.metrics();
    expect(text).to.match(/stt_lock_wait_seconds_count\{[^}]*outcome="acquired"[^}]*\} 1/);
    expect(text).to.match(/stt_lock_wait_seconds_count\{[^}]*outcome="busy"[^}]*\} 1/);
    expect(text).to.match(/stt_lock_hold_seconds_count\{[^}]*\} 1/);
  });

  it("is released also by a Redis that has forgotten the script", async () => {
    const id = ulid();
    await ask(first, id); // from now on the script is called by its hash
    const { end, done } = await hold(first, id);
    await first.redis.call("script", (redis) => redis.script("FLUSH"));
    end();
    await done;
    expect(await ownerOf(id)).to.equal(null);
  });

  it("does without a Redis that refuses writes for want of replicas, which is not taken for down", async () => {
    const setMinReplicas = (count: number) =>
      first.redis.call("config", (redis) => redis.config("SET", "min-replicas-to-write", count));
    const id = ulid();
    const { end, done, lost } = await hold(first, id);
    try {
      await setMinReplicas(1);
      end();
      await done;
      expect(lost.aborted, "a lock that could not be released was not lost").to.equal(false);
      expect(await ownerOf(id), "it expires by itself").not.to.equal(null);
      for (let n = 0; n < 5; n++) expect(await ask(first, ulid())).to.equal("mine");
      const open = await metricOf(first.metrics, "stt_redis_circuit_open");
      expect(open, "an answer, even an error, shows that Redis is there").to.equal(0);
    } finally {
      await setMinReplicas(0);
    }
    const refused = (call: string) => metricOf(first.metrics, "stt_redis_skipped_total", { call });
    expect(await refused("lock-release")).to.equal(1);
    expect(await refused("lock-acquire")).to.equal(5);
  });
});
