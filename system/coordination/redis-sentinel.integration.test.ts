import { expect } from "chai";
import { ulid } from "ulid";
import { AddressPlan } from "../../harness/network/addresses.ts";
import { Toxiproxy } from "../../harness/network/toxiproxy.ts";
import { provision } from "../../harness/provision/provision.ts";
import type { Node } from "../../harness/runtime/node.ts";
import { ProcessRuntime } from "../../harness/runtime/runtime.ts";
import {
  clusterSide,
  type RedisOptions,
  redisLinks,
  redisMaster,
  redisMembers,
  redisNodes,
  redisView,
} from "../../harness/topology/redis.ts";
import { toxiproxyNode } from "../../harness/topology/toxiproxy.ts";
import { until } from "../../harness/util/until.ts";
import { parseConfig, type RedisConfig } from "../config.ts";
import { connectInstance, type Instance } from "./instances.integration.test.ts";

const client = "harness";

/** A primary, two replicas and three sentinels, each behind proxies: announced addresses are not the client's. */
describe("Redis with sentinels", () => {
  let servers: AsyncDisposableStack;
  let nodes: ReadonlyMap<string, Node>;
  let config: RedisConfig;
  let instance: Instance;

  before(async () => {
    servers = new AsyncDisposableStack();
    const installed = await provision(["redis", "toxiproxy"]);
    const runtime = servers.use(
      new ProcessRuntime({
        runId: `sentinel-${process.pid}`,
        command: "test",
        signal: new AbortController().signal,
      }),
    );
    const members = redisMembers("sentinel").map(({ name }) => name);
    const plan = new AddressPlan(runtime.slot, [...members, "toxiproxy", clusterSide, client]);
    const options: RedisOptions = { plan, layout: "sentinel", clients: [client] };
    const proxyServer = toxiproxyNode(plan, installed.toxiproxy);
    await runtime.add(proxyServer).start();
    const proxies = redisLinks(options).flatMap((link) => link.proxies);
    await new Toxiproxy(proxyServer.address).populate(proxies);
    const specs = redisNodes(options, installed.redis);
    nodes = new Map(specs.map((spec) => [spec.name, runtime.add(spec)]));
    const startAll = (kind: string) =>
      Promise.all([...nodes.values()].filter((node) => node.kind === kind).map((node) => node.start()));
    await startAll("redis");
    await startAll("sentinel");
    config = configOf(options);
  });
  after(() => servers.disposeAsync());

  beforeEach(async () => {
    instance = await connectInstance(servers, config);
  });

  it("a new primary is found when the old one is killed, and no call hangs meanwhile", async () => {
    const lockOnce = async () => {
      const start = performance.now();
      // Without Redis the work is done all the same; whether it was held shows in the answer to a second one.
      const id = ulid();
      const inner = await instance.locks.withLock(id, () => instance.locks.withLock(id, async () => "free"));
      longest = Math.max(longest, performance.now() - start);
      return inner === "busy";
    };
    let longest = 0;
    expect(await lockOnce()).to.equal(true);
    await nodes.get("redis-1")?.kill();
    expect(await lockOnce()).to.equal(false);
    await until(lockOnce, "locks are held again, at the new primary").every("20ms").atMost("15s");
    // Four calls of at most 300 ms each; the rest is a busy machine's.
    expect(longest).to.be.below(2_000);
    const role = await instance.redis.call("role", (redis) => redis.info("replication"));
    expect(role).to.include("role:master");
    // The scripts are loaded again there.
    const id = ulid();
    await instance.locks.withLock(id, async () => {});
    expect(await instance.locks.withLock(id, async () => "free")).to.equal("free");
  });
});

/** As the service gets it, by its environment. */
function configOf(options: RedisOptions): RedisConfig {
  const view = redisView(options, client);
  if (!("sentinels" in view)) throw new Error("not a layout with sentinels");
  return parseConfig({
    STT_REDIS_SENTINELS: view.sentinels.join(","),
    STT_REDIS_MASTER: redisMaster,
    STT_REDIS_NAT_MAP: JSON.stringify(view.natMap),
    STT_DATABASE_URL: "postgres://none",
    STT_KAFKA_BROKERS: "none:1",
    STT_DAGLO_URL: "http://none",
    STT_AUDIO_DIR: "none",
    STT_JWT_SECRET: "a secret that this test needs for nothing",
  }).redis;
}
