import { expect } from "chai";
import { readSettings } from "./settings.ts";

describe("the settings of a load script", () => {
  it("without any are those of a load at localhost", () => {
    expect(readSettings({})).to.deep.equal({
      profile: "load",
      model: "closed",
      strict: false,
      baseUrl: "http://localhost:8080",
      wsUrl: "ws://localhost:8080/ws",
      token: undefined,
      secret: undefined,
      chunks: 6,
      chunkMs: 250,
      duration: undefined,
      maxRate: 50,
      summary: undefined,
    });
  });

  it("are read", () => {
    const settings = readSettings({
      PROFILE: "soak",
      MODEL: "open",
      STRICT: "1",
      BASE_URL: "https://stt.example/",
      TOKEN: "a.b.c",
      CHUNKS: "20",
      DURATION: "1h30m",
      SUMMARY: "summary.json",
    });
    expect(settings).to.include({
      profile: "soak",
      model: "open",
      strict: true,
      chunks: 20,
      duration: "1h30m",
    });
    expect(settings).to.include({ token: "a.b.c", summary: "summary.json" });
    expect(settings.baseUrl, "so that paths can be appended").to.equal("https://stt.example");
    expect(settings.wsUrl, "beside the HTTP interface").to.equal("wss://stt.example/ws");
  });

  it("take a WebSocket's address of its own", () => {
    expect(readSettings({ WS_URL: "ws://localhost:8080/ws" }).wsUrl).to.equal("ws://localhost:8080/ws");
  });

  it("that are empty are not set", () => {
    expect(readSettings({ PROFILE: "", TOKEN: "" })).to.include({ profile: "load", token: undefined });
  });

  for (const [name, value, reason] of [
    ["PROFILE", "smok", "smoke, load, stress, spike, breakpoint, soak"],
    ["MODEL", "half-open", "closed, open"],
    ["STRICT", "yes", "0, 1"],
    ["BASE_URL", "localhost:8080", "no such URL"],
    ["WS_URL", "http://localhost:8080/ws", "no such URL"],
    ["CHUNKS", "0", "a whole number above 0"],
    ["CHUNK_MS", "1.5", "a whole number above 0"],
    ["DURATION", "8 hours", "a duration"],
  ] as const) {
    it(`refuse ${name}=${value}, and say what it may be`, () => {
      expect(() => readSettings({ [name]: value }))
        .to.throw(`${name}=${value}`)
        .with.property("message")
        .that.includes(reason);
    });
  }
});
