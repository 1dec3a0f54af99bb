import { expect } from "chai";
import { ulid } from "ulid";
import { until } from "../../harness/util/until.ts";
import { redisKeys } from "../contract/redis-keys.ts";
import { transcriptionStatus } from "../testing/factory.ts";
import { useServers } from "../testing/servers.integration.test.ts";
import { Heartbeats } from "./heartbeats.ts";
import { connectInstance, type Instance, metricOf } from "./instances.integration.test.ts";
import { RedisUnavailable } from "./redis.ts";

describe("coordination in Redis", () => {
  const servers = useServers();
  let stack: AsyncDisposableStack;
  let first: Instance;

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    first = await connectInstance(stack, { kind: "single", url: servers.redisUrl });
  });
  afterEach(() => stack.disposeAsync());

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
      const status = transcriptionStatus({ id: ulid(), status: "COMPLETED", version: 6 });
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
        // A call takes at most 300 ms, and after three of them the circuit opens.
        expect(await msOf(() => first.cache.get(status.id))).to.be.below(700);
        expect(await msOf(withoutRedis)).to.be.below(1_800);
        expect(await msOf(withoutRedis)).to.be.below(500);
        expect(await metricOf(first.metrics, "stt_redis_circuit_open")).to.equal(1);
      }
      await until(() => first.cache.get(status.id), "Redis is used again").atMost("10s");
      expect(await heartbeats.beat(status.id)).to.equal(false);
      expect(await metricOf(first.metrics, "stt_redis_circuit_open")).to.equal(0);
      expect(await metricOf(first.metrics, "stt_redis_connected")).to.equal(1);
    });
  }

  it("does not take Redis for dead when the process itself was held up for longer than a call may take", async () => {
    const answer = first.redis.call("test", (redis) => redis.ping());
    const until = performance.now() + 500;
    while (performance.now() < until); // nothing is read meanwhile
    expect(await answer).to.equal("PONG");
  });

  it("lets one call at a time try a Redis that does not answer; all others fail at once", async () => {
    let calls = 0;
    const gate = Promise.withResolvers<never>();
    const fails = async () => {
      calls++;
      throw new Error("no answer");
    };
    const made = async (call: () => Promise<unknown>) => {
      const before = calls;
      const error = await first.redis.call("test", call).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(RedisUnavailable);
      return calls - before;
    };
    for (let n = 0; n < 3; n++) expect(await made(fails)).to.equal(1);
    expect(await made(fails), "the circuit is open").to.equal(0);

    const trials: Promise<unknown>[] = [];
    const tryHanging = () => {
      let letThrough = false;
      const call = first.redis.call("test", () => {
        letThrough = true;
        return gate.promise;
      });
      trials.push(call.catch(() => {}));
      return letThrough;
    };
    await until(tryHanging, "a call is let through").every("20ms").atMost("5s");
    for (let n = 0; n < 10; n++) expect(await made(fails)).to.equal(0);
    gate.reject(new Error("no answer"));
    await Promise.all(trials);
    expect(await made(fails), "open again").to.equal(0);
    const works = () => first.redis.call("test", async () => "done").catch(() => null);
    expect(await until(works, "a trial succeeds").every("20ms").atMost("5s")).to.equal("done");
    expect(await made(fails), "closed").to.equal(1);
  });
});

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
