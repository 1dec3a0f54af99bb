import { existsSync } from "node:fs";
import { expect } from "chai";
import { UsageError } from "../../util/errors.ts";
import { k6 } from "../k6.ts";
import { k6Environment, k6Script } from "./k6-options.ts";

const surroundings = {
  services: [
    { name: "stt-1", baseUrl: "http://127.1.2.3:18000/" },
    { name: "stt-2", baseUrl: "https://127.1.2.4:18000" },
  ],
  kafka: ["127.1.2.5:9092", "127.1.2.6:9092"],
  jwtSecret: "a secret",
  folder: "/run",
};

describe("what k6 is told", () => {
  it("is where every instance and broker is, as the load reaches them", () => {
    const environment = k6Environment({ script: "stt-load", profile: "smoke" }, surroundings);
    expect(environment).to.include({
      BASE_URL: "http://127.1.2.3:18000,https://127.1.2.4:18000",
      WS_URL: "ws://127.1.2.3:18000/ws,wss://127.1.2.4:18000/ws",
      BROKERS: "127.1.2.5:9092,127.1.2.6:9092",
      STT_JWT_SECRET: "a secret",
      ...{ PROFILE: "smoke", MODEL: "closed", STRICT: "0" },
    });
  });

  it("is what the scenario says, and nothing that is not known", () => {
    const options = { script: "stt-load", profile: "load", model: "open", strict: true } as const;
    const bare = { services: [], kafka: [], jwtSecret: "", folder: "/run" };
    const environment = k6Environment({ ...options, env: { SCALE: "0.5" }, secrets: { TOKEN: "t" } }, bare);
    expect(environment).to.include({ MODEL: "open", STRICT: "1", SCALE: "0.5", TOKEN: "t" });
    expect(environment).not.to.have.any.keys("BASE_URL", "WS_URL", "BROKERS", "STT_JWT_SECRET");
  });

  it("is not to come from the shell that started the run, which may name a profile", () => {
    process.env.PROFILE = "soak";
    try {
      expect(k6Environment({ script: "stt-load", profile: "smoke" }, surroundings).PROFILE).to.equal("smoke");
    } finally {
      delete process.env.PROFILE;
    }
  });
});

describe("the script of a load", () => {
  it("is one of ours by its name, or any by its path", () => {
    expect(existsSync(k6Script("stt-websocket"))).to.equal(true);
    expect(k6Script(import.meta.filename)).to.equal(import.meta.filename);
  });

  it("has to be there before anything is started", () => {
    for (const script of ["stt-lod", "./no/such.js"])
      expect(() => k6({ script, profile: "smoke" }), script).to.throw(UsageError, "there is no script");
  });

  it("is told of in plans with all that makes it another load, but for secrets", () => {
    const env = { SCALE: "0.5" };
    expect(
      k6({ script: "stt-load", profile: "load", strict: true, env, secrets: { TOKEN: "t" } }).description,
    ).to.equal("k6 stt-load: load, closed model, strict, SCALE=0.5");
  });
});
