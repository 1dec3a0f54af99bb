import { expect } from "chai";
import { ConfigError } from "../config.ts";
import { loadConfluent } from "./confluent-library.ts";

describe("the optional Kafka client", () => {
  it("says, when it is not installed, what to do", async () => {
    const error: unknown = await loadConfluent("not-installed-anywhere").catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ConfigError);
    for (const part of ["STT_KAFKA_CLIENT=confluent", "npm install", "platformatic or kafkajs"])
      expect(String(error)).to.include(part);
  });
});
