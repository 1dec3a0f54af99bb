import { expect } from "chai";
import { UsageError } from "../util/errors.ts";
import { cluster } from "./cluster.ts";
import { stt } from "./stt.ts";

describe("the stt topology", () => {
  it("declares its nodes before anything runs", () => {
    const { name, nodes } = stt({ kafka: 3, redis: "sentinel", instances: 2 });
    expect(name).to.equal("3 kafka, redis sentinel, 2 stt");
    expect(nodes.map((node) => node.name)).to.deep.equal([
      ...["kafka-1", "kafka-2", "kafka-3"],
      ...["redis-1", "redis-2", "redis-3", "sentinel-1", "sentinel-2", "sentinel-3"],
      ...["postgres", "daglo", "stt-1", "stt-2", "toxiproxy"],
    ]);
  });

  it("needs WireMock for a Daglo of stubs, and speech recognition for one that transcribes", () => {
    const real = stt({ upstream: "real" });
    expect(stt().components).to.include("wiremock").and.not.to.include("speech");
    expect(real.components).to.include("speech").and.not.to.include("wiremock");
    expect(real.nodes).to.deep.include({ name: "daglo", kind: "daglo-real" });
  });

  it("keeps audio in a folder, or in an S3-compatible server", () => {
    const s3 = stt({ audio: "s3" });
    expect(s3.components).to.include("s3");
    expect(s3.nodes).to.deep.include({ name: "s3", kind: "s3" });
    expect(stt().components).not.to.include("s3");
  });

  it("has one key for the same parts, in whatever order, and another for others", () => {
    const one = stt({ kafka: 1, env: { A: "1", B: "2" } }).key;
    expect(stt({ env: { B: "2", A: "1" }, kafka: 1 }).key).to.equal(one);
    expect(stt({ env: { B: "2", A: "1" }, kafka: 1, redis: "sentinel", instances: 2 }).key).to.equal(one);
    const others = [
      ...[stt({ kafka: 1, env: { A: "1", B: "3" } }), stt({ kafka: 1 }), stt({ env: { A: "1", B: "2" } })],
      stt({ kafka: 1, env: { A: "1", B: "2" }, entry: "mutant.ts" }),
      stt({ kafka: 1, env: { A: "1", B: "2" }, kafkaSettings: { "unclean.leader.election.enable": true } }),
    ].map(({ key }) => key);
    expect(new Set([one, ...others]).size).to.equal(6);
  });

  it("refuses sizes it cannot build, naming them", () => {
    expect(() => stt({ kafka: 0 })).to.throw(UsageError, "kafka must be 1 to 9, not 0");
    expect(() => stt({ instances: 1.5 })).to.throw(UsageError, "instances must be 0 to 20, not 1.5");
    expect(() => stt({ redis: "none" })).to.throw(UsageError, 'redis may not be "none"');
  });

  it("starts only what is asked for when there is no service", () => {
    const kafka = cluster({ kafka: 3 });
    expect(kafka.name).to.equal("3 kafka");
    expect(kafka.nodes.map(({ name }) => name)).to.deep.equal(["kafka-1", "kafka-2", "kafka-3", "toxiproxy"]);
    expect([...kafka.components].sort()).to.deep.equal(["kafka", "toxiproxy"]);
    const locks = cluster({ redis: "single", lockUsers: 2 });
    expect(locks.nodes.map(({ name }) => name)).to.deep.equal([
      ...["redis-1", "postgres", "locker-1", "locker-2", "toxiproxy"],
    ]);
    expect([...locks.components].sort()).to.deep.equal(["postgres", "redis", "toxiproxy"]);
    expect(() => cluster({ lockUsers: 1 })).to.throw(UsageError, "lock users need Redis");
  });
});
