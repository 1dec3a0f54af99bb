import { expect } from "chai";
import { until } from "../../harness/util/until.ts";
import { RedisConnection } from "../coordination/redis.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { ApiServer } from "../testing/api-server.ts";
import { silent, uniqueName, useServers } from "../testing/servers.integration.test.ts";
import { RateLimiter } from "./rate-limit.ts";

const path = "/api/stt/recordings";

describe("the rate limit, in Redis", () => {
  const servers = useServers();
  const stack = new AsyncDisposableStack();
  let limiters: RateLimiter[];
  let metrics: Metrics;
  let server: ApiServer;

  before(async () => {
    metrics = createMetrics("test");
    // Two, as two instances of the service have them.
    limiters = [1, 2].map(() => {
      const redis = stack.use(
        new RedisConnection({ kind: "single", url: servers.redisUrl }, silent, metrics),
      );
      return new RateLimiter(5, redis, metrics);
    });
    server = stack.use(new ApiServer());
    await server.start({ rateLimiter: limiters[0] ?? null });
    await redisAnswers();
  });
  after(() => stack.disposeAsync());

  const redisAnswers = () =>
    until(async () => {
      const answers = await Promise.all(limiters.map((limiter) => limiter.consume(uniqueName("probe"))));
      return answers.every((allowance) => allowance !== null);
    }, "Redis answers").atMost("5s");

  const outcomes = async () => {
    const { values } = await metrics.rateLimited.get();
    return Object.fromEntries(values.map(({ labels, value }) => [String(labels.outcome), value]));
  };

  it("lets a subject make so many requests a minute, over all instances, and no more", async () => {
    const subject = uniqueName("alice");
    const allowed: boolean[] = [];
    for (let n = 0; n < 8; n++) {
      const allowance = await limiters[n % 2]?.consume(subject);
      allowed.push(allowance?.allowed === true);
      expect(allowance?.remaining).to.equal(Math.max(0, 4 - n));
      expect(allowance?.resetSeconds).to.be.within(1, 60);
    }
    expect(allowed).to.deep.equal([true, true, true, true, true, false, false, false]);
    expect((await limiters[1]?.consume(uniqueName("bob")))?.allowed, "another subject").to.equal(true);
  });

  it("answers 429 with Retry-After, says on each answer what is left, and leaves health and metrics alone", async () => {
    const bearer = await server.sign(uniqueName("alice"), "stt:read"); // 403 from here, when the limit lets through
    const ask = () => server.call(path, { method: "POST" }, bearer);
    for (let n = 0; n < 5; n++) {
      const { status, headers } = await ask();
      expect(status).to.equal(403);
      expect(headers.get("ratelimit-policy")).to.equal('"subject";q=5;w=60');
      expect(headers.get("ratelimit")).to.match(new RegExp(`^"subject";r=${4 - n};t=[0-9]+$`));
    }
    const refused = await ask();
    expect(refused.status).to.equal(429);
    expect(Number(refused.headers.get("retry-after"))).to.be.within(1, 60);
    expect(((await refused.json()) as { type: string }).type).to.equal("/problems/rate-limited");
    for (const open of ["/health/live", "/health/ready", "/metrics", "/openapi.json"]) {
      const { status, headers } = await server.call(open, {}, bearer);
      expect([status, headers.get("ratelimit")], open).to.deep.equal([200, null]);
    }
  });

  it("lets all through while Redis is away, and counts that", async () => {
    const bearer = await server.sign(uniqueName("alice"), "stt:read");
    const before = (await outcomes()).unavailable ?? 0;
    {
      await using _cut = await servers.cut("redis-1");
      for (let n = 0; n < 8; n++) {
        const { status, headers } = await server.call(path, { method: "POST" }, bearer);
        expect(status).to.equal(403);
        expect(headers.get("ratelimit")).to.equal(null);
      }
      expect((await outcomes()).unavailable).to.equal(before + 8);
    }
    await redisAnswers();
  });
});
