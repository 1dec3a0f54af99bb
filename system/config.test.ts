import { expect } from "chai";
import { ConfigError, parseConfig } from "./config.ts";

const minimal = {
  STT_DATABASE_URL: "postgres://postgres@127.0.0.1:5432/postgres",
  STT_REDIS_URL: "redis://127.0.0.1:6379",
  STT_KAFKA_BROKERS: "127.0.0.1:9092,127.0.0.2:9092",
  STT_DAGLO_URL: "http://127.0.0.1:8080",
  STT_AUDIO_DIR: "audio",
  STT_JWT_SECRET: "a-long-secret",
};

describe("configuration", () => {
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
    expect(config.retry).to.deep.equal({ delayMs: 2_000, attempts: 1_000 });
    expect(config.databasePool).to.equal(10);
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

  it("drops idempotence with acks=1, and refuses to be told otherwise", () => {
    expect(parseConfig({ ...minimal, STT_KAFKA_ACKS: "1" }).kafka.idempotent).to.equal(false);
    expect(() => parseConfig({ ...minimal, STT_KAFKA_ACKS: "1", STT_KAFKA_IDEMPOTENT: "true" })).to.throw(
      ConfigError,
      "STT_KAFKA_ACKS=all",
    );
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
