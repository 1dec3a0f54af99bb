import { expect } from "chai";
import { UsageError } from "../../util/errors.ts";
import { boundsOf, k6Of, loadCommand } from "./load.ts";

describe("bounds on the command line of a load", () => {
  it("are a metric of k6 and what holds of it", () => {
    expect(
      boundsOf([
        "http_req_failed rate<0.2 within 10s",
        "k6.http_req_failed rate < 0.05",
        "http_req_duration{name:GET /a b} p(95)<300",
      ]),
    ).to.deep.equal({
      "k6.http_req_failed": ["rate<0.2 within 10s", "rate < 0.05"],
      "k6.http_req_duration{name:GET /a b}": ["p(95)<300"],
    });
  });

  it("are refused when one half is missing", () => {
    for (const bound of ["http_req_failed", "", "  "]) expect(() => boundsOf([bound])).to.throw(UsageError);
  });
});

describe("variables on the command line of a load", () => {
  it("go to the script", () => {
    expect(k6Of("load", { env: ["SCALE=0.5", "CHUNKS=2"], wsUrl: "ws://live" }).env).to.deep.equal({
      ...{ SCALE: "0.5", CHUNKS: "2", WS_URL: "ws://live" },
    });
  });

  it("are refused where the record would tell of another load, or have a secret", () => {
    for (const one of [
      "PROFILE=spike",
      "MODEL=open",
      "STRICT=1",
      "BASE_URL=http://other",
      "WS_URL=ws://other",
    ])
      expect(() => k6Of("load", { env: [one] }), one).to.throw(UsageError, "is not told by -e");
    for (const one of ["TOKEN=a-secret", "STT_JWT_SECRET=a-secret"])
      expect(() => k6Of("load", { env: [one] }), one)
        .to.throw(UsageError, "is not told by -e")
        .with.property("message")
        .that.not.includes("a-secret");
    expect(() => k6Of("load", { env: ["scale"] })).to.throw(UsageError, "is no variable");
  });

  it("leave a service of ours its own tokens", () => {
    const before = process.env.TOKEN;
    process.env.TOKEN = "of another service";
    try {
      expect(k6Of("load", { compare: "system/main.ts" }).secrets).to.deep.equal({});
      expect(k6Of("load", { baseUrl: "http://other" }).secrets).to.deep.equal({
        TOKEN: "of another service",
      });
    } finally {
      if (before === undefined) delete process.env.TOKEN;
      else process.env.TOKEN = before;
    }
  });
});

describe("windows on the command line of a load", () => {
  it("do not load one service for both sides", () => {
    const env = ["BROKERS=localhost:9092"];
    expect(() => k6Of("load", { baseUrl: "http://a", compare: "http://b", env })).to.throw(UsageError);
    expect(() => k6Of("load", { baseUrl: "http://a", baseline: true, env })).to.throw(UsageError);
    expect(k6Of("load", { baseUrl: "http://a", env }).env).to.deep.equal({ BROKERS: "localhost:9092" });
  });

  for (const [windows, other] of [
    [
      ["--compare", "http://b"],
      ["--ws-url", "ws://live"],
    ],
    [
      ["--compare", "http://b"],
      ["--threshold", "http_req_failed rate<0.2"],
    ],
    [["--compare", "http://b"], ["--json"]],
    [["--compare", "http://b"], ["--baseline"]],
    [["--baseline"], ["--ws-url", "ws://live"]],
  ] as const)
    it(`take no ${other[0]} with ${windows[0]}`, async () => {
      const command = loadCommand()
        .exitOverride()
        .configureOutput({ writeErr: () => {} });
      const words = ["load", "--base-url", "http://a", ...windows, ...other];
      const error = await command.parseAsync(words, { from: "user" }).catch((thrown: unknown) => thrown);
      expect(String(error)).to.include("cannot be used with option");
    });
});
