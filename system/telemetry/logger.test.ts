import { expect } from "chai";
import { withLogIds } from "./log-ids.ts";
import { createLogger } from "./logger.ts";

describe("logs", () => {
  let lines: string[];
  const logger = (level = "info") =>
    createLogger("stt-1", level, { write: (line: string) => void lines.push(line) });
  const logged = () => lines.map((line): Record<string, unknown> => JSON.parse(line));

  beforeEach(() => {
    lines = [];
  });

  it("are JSON with the instance and a time that people can read", () => {
    logger().info({ some: 1 }, "hello");
    expect(logged()[0]).to.include({ instance: "stt-1", some: 1, msg: "hello" });
    expect(logged()[0]?.time).to.match(/^\d{4}-\d\d-\d\dT/);
  });

  it("carry the ids of the work they are about, through what it awaits, and not others'", async () => {
    const log = logger();
    const work = async (recording: string) => {
      await new Promise((resolve) => setImmediate(resolve));
      log.info(recording);
    };
    await withLogIds({ requestId: "r" }, async () => {
      const both = ["a", "b"].map((recording) => withLogIds({ recording }, () => work(recording)));
      await Promise.all(both);
    });
    log.info("outside");
    for (const line of logged().slice(0, 2)) {
      expect(line).to.include({ requestId: "r", recording: line.msg });
    }
    expect(logged()[2]).not.to.have.any.keys("requestId", "recording");
  });

  it("let a line name another recording than the work's", () => {
    withLogIds({ recording: "a" }, () => logger().info({ recording: "b" }, "about b"));
    expect(lines[0]?.match(/"recording"/g)).to.have.length(1);
    expect(logged()[0]).to.include({ recording: "b" });
  });

  it("never show a token", () => {
    const log = logger();
    const headers = { authorization: "Bearer secret" };
    log.info({ authorization: "Bearer secret" });
    log.info({ headers });
    log.info({ request: { headers } });
    log.info({ err: Object.assign(new Error("refused"), { headers }) });
    log.info({ login: { token: "secret" } });
    expect(lines).to.have.length(5);
    expect(lines.join()).not.to.include("secret");
  });
});
