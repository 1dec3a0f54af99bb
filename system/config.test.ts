import { globSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { ConfigError, parseConfig } from "./config.ts";

const minimal = {
  STT_DATABASE_URL: "postgres://postgres@127.0.0.1:5432/postgres",
  STT_REDIS_URL: "redis://127.0.0.1:6379",
  STT_KAFKA_BROKERS: "127.0.0.1:9092,127.0.0.2:9092",
  STT_DAGLO_URL: "http://127.0.0.1:8080",
  STT_AUDIO_DIR: "audio",
  STT_JWT_SECRET: "a-secret-of-at-least-32-characters",
};

describe("configuration", () => {
  it("is told in docs/service, each variable of it and no other", () => {
    const folder = new URL("../docs/service/", import.meta.url);
    const pages = globSync("*.md", { cwd: folder }).map((name) =>
      readFileSync(new URL(name, folder), "utf8"),
    );
    const told = pages.flatMap((text) =>
      [...text.matchAll(/`((?:STT|OTEL)_[A-Z0-9_]+)/g)].map(([, name]) => name),
    );
    const source = readFileSync(new URL("config.ts", import.meta.url), "utf8");
    const read = [...source.matchAll(/^ {2}((?:STT|OTEL)_[A-Z0-9_]+): /gm)].map(([, name]) => name);
    expect(read).to.include("STT_DATABASE_URL").and.have.length.above(40);
    expect([...new Set(told)].toSorted()).to.deep.equal(read.toSorted());
  });

  it("fills in the defaults", () => {
    const config = parseConfig(minimal);
    expect(config.kafka).to.deep.equal({
      client: "platformatic",
      brokers: [
        { host: "127.0.0.1", port: 9092 },
        { host: "127.0.0.2", port: 9092 },
      ],
      acks: "all",
      idempotent: true,
    });
    expect(config.publishTimeoutMs).to.equal(20_000);
    expect(config.retry).to.deep.equal({ delayMs: 2_000, attempts: 1_000, layout: "single" });
    expect(config.encodingConcurrency).to.equal(2);
    expect(config.databasePool).to.equal(10);
    expect(config.daglo).to.deep.equal({
      url: "http://127.0.0.1:8080",
      timeoutMs: 10_000,
      concurrency: 16,
      retries: 2,
      circuit: { failures: 5, openMs: 2_000 },
    });
  });

  it("keeps audio in a directory, or in a bucket whose settings may be AWS's own", () => {
    expect(parseConfig(minimal).audio).to.deep.equal({ kind: "directory", folder: "audio" });
    const { STT_AUDIO_DIR: _, ...none } = minimal;
    expect(() => parseConfig(none)).to.throw(ConfigError, "STT_AUDIO_DIR");
    const s3 = { ...none, STT_AUDIO_STORE: "s3" };
    expect(() => parseConfig(s3)).to.throw(ConfigError, "STT_S3_BUCKET");
    expect(parseConfig({ ...s3, STT_S3_BUCKET: "audio" }).audio).to.deep.equal({
      kind: "s3",
      bucket: "audio",
      endpoint: undefined,
      region: undefined,
      credentials: undefined,
      forcePathStyle: false,
    });
    const halfAKey = { ...s3, STT_S3_BUCKET: "audio", STT_S3_ACCESS_KEY_ID: "id" };
    expect(() => parseConfig(halfAKey)).to.throw(ConfigError, "STT_S3_SECRET_ACCESS_KEY");
    expect(parseConfig({ ...halfAKey, STT_S3_SECRET_ACCESS_KEY: "secret" }).audio).to.deep.include({
      credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    });
  });

  it("refuses a topic for each attempt when there are too many", () => {
    const perAttempt = { ...minimal, STT_RETRY_LAYOUT: "per-attempt" };
    expect(parseConfig(perAttempt).retry.layout).to.equal("per-attempt");
    const tooMany = () => parseConfig({ ...perAttempt, STT_RETRY_ATTEMPTS: "1001" });
    expect(tooMany).to.throw(ConfigError, /STT_RETRY_ATTEMPTS=1001: set at most 1000 attempts/);
    expect(parseConfig({ ...minimal, STT_RETRY_ATTEMPTS: "1001" }).retry.attempts).to.equal(1_001);
  });

  it("bounds the live interface, by default and as told", () => {
    expect(parseConfig(minimal).live).to.deep.equal({
      maxConnections: 1_000,
      maxConnectionsPerSubject: 20,
      maxSubscriptions: 100,
      framesPerSecond: 200,
      heartBeatMs: 10_000,
      connectTimeoutMs: 10_000,
      bufferBytes: 262_144,
      stallMs: 15_000,
    });
    expect(parseConfig({ ...minimal, STT_LIVE_STALL_MS: "5" }).live.stallMs).to.equal(5);
    expect(() => parseConfig({ ...minimal, STT_LIVE_FRAMES_PER_SECOND: "0" })).to.throw(
      ConfigError,
      "STT_LIVE_FRAMES_PER_SECOND",
    );
  });

  it("records traces where a collector is named, by our name or OpenTelemetry's", () => {
    expect(parseConfig(minimal).tracing).to.equal(undefined);
    const standard = { ...minimal, OTEL_EXPORTER_OTLP_ENDPOINT: "http://standard:4318" };
    expect(parseConfig(standard).tracing).to.deep.equal({ endpoint: "http://standard:4318", ratio: 1 });
    const ours = { ...standard, STT_OTLP_ENDPOINT: "http://ours:4318", STT_TRACE_RATIO: "0.1" };
    expect(parseConfig(ours).tracing).to.deep.equal({ endpoint: "http://ours:4318", ratio: 0.1 });
    expect(() => parseConfig({ ...ours, STT_TRACE_RATIO: "2" })).to.throw(ConfigError, "STT_TRACE_RATIO");
  });

  it("reads sentinels and their address map", () => {
    const config = parseConfig({
      ...minimal,
      STT_REDIS_URL: undefined,
      STT_REDIS_SENTINELS: "127.0.0.1:26379",
      STT_REDIS_NAT_MAP: '{"127.20.0.1:6379":"127.30.0.1:6379"}',
    });
    expect(config.redis).to.deep.equal({
      kind: "sentinel",
      sentinels: [{ host: "127.0.0.1", port: 26379 }],
      master: "stt",
      natMap: { "127.20.0.1:6379": { host: "127.30.0.1", port: 6379 } },
    });
  });

  it("refuses an address map that is none", () => {
    const sentinels = { ...minimal, STT_REDIS_SENTINELS: "127.0.0.1:26379" };
    for (const map of ["{", "[]", '{"127.20.0.1:6379":"nowhere"}']) {
      expect(() => parseConfig({ ...sentinels, STT_REDIS_NAT_MAP: map }), map).to.throw(
        ConfigError,
        /STT_REDIS_NAT_MAP.*not a JSON object of "host:port" to "host:port"/s,
      );
    }
  });

  it("drops idempotence with acks=1, and refuses to be told otherwise", () => {
    expect(parseConfig({ ...minimal, STT_KAFKA_ACKS: "1" }).kafka.idempotent).to.equal(false);
    expect(() => parseConfig({ ...minimal, STT_KAFKA_ACKS: "1", STT_KAFKA_IDEMPOTENT: "true" })).to.throw(
      ConfigError,
      "STT_KAFKA_ACKS=all",
    );
  });

  it("takes a shared secret of 256 bits, an identity provider, or both, for tokens", () => {
    const provider = { STT_JWT_JWKS_URL: "https://id.example/keys", STT_JWT_ISSUER: "https://id.example" };
    expect(parseConfig({ ...minimal, ...provider }).jwt).to.deep.equal({
      secret: minimal.STT_JWT_SECRET,
      jwksUrl: provider.STT_JWT_JWKS_URL,
      issuer: provider.STT_JWT_ISSUER,
      audience: undefined,
    });
    const without = { ...minimal, STT_JWT_SECRET: undefined };
    expect(parseConfig({ ...without, ...provider }).jwt.secret).to.equal(undefined);
    expect(() => parseConfig(without)).to.throw(ConfigError, "STT_JWT_JWKS_URL");
    expect(() => parseConfig({ ...minimal, STT_JWT_SECRET: "short" })).to.throw(ConfigError, "256 bits");
  });

  it("names every wrong variable", () => {
    expect(() => parseConfig({ ...minimal, STT_PORT: "99999", STT_KAFKA_BROKERS: "nowhere" })).to.throw(
      ConfigError,
      /STT_PORT[\s\S]*STT_KAFKA_BROKERS/,
    );
    expect(() => parseConfig({ ...minimal, STT_REDIS_URL: undefined })).to.throw(
      ConfigError,
      "STT_REDIS_URL",
    );
  });
});
