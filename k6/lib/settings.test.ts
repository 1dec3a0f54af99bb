import { expect } from "chai";
import { byTurns, readSettings } from "./settings.ts";

describe("the settings of a load script", () => {
  it("without any are those of a load at localhost", () => {
    expect(readSettings({})).to.deep.equal({
      profile: "load",
      model: "closed",
      strict: false,
      baseUrls: ["http://localhost:8080"],
      wsUrls: ["ws://localhost:8080/ws"],
      reconnect: false,
      token: undefined,
      secret: undefined,
      chunks: 6,
      chunkMs: 250,
      duration: undefined,
      maxRate: 50,
      scale: 1,
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
    expect(settings.baseUrls, "so that paths can be appended").to.deep.equal(["https://stt.example"]);
    expect(settings.wsUrls, "beside the HTTP interface").to.deep.equal(["wss://stt.example/ws"]);
  });

  it("take a WebSocket's address of its own", () => {
    expect(readSettings({ WS_URL: "ws://localhost:8080/ws" }).wsUrls).to.deep.equal([
      "ws://localhost:8080/ws",
    ]);
  });

  it("take several instances, by turns", () => {
    const { baseUrls, wsUrls } = readSettings({ BASE_URL: "http://one/,http://two" });
    expect(baseUrls).to.deep.equal(["http://one", "http://two"]);
    expect(wsUrls).to.deep.equal(["ws://one/ws", "ws://two/ws"]);
    expect([0, 1, 2].map((turn) => byTurns(baseUrls, turn))).to.deep.equal([
      "http://one",
      "http://two",
      "http://one",
    ]);
  });

  it("that are empty are not set", () => {
    expect(readSettings({ PROFILE: "", TOKEN: "" })).to.include({ profile: "load", token: undefined });
  });

  for (const [name, value, reason] of [
    ["PROFILE", "smok", "smoke, load, stress, spike, breakpoint, soak"],
    ["MODEL", "half-open", "closed, open"],
    ["STRICT", "yes", "0, 1"],
    ["RECONNECT", "yes", "0, 1"],
    ["SCALE", "0", "a number above 0"],
    ["SCALE", "half", "a number above 0"],
    ["BASE_URL", "http://one,two", "no such URL"],
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
