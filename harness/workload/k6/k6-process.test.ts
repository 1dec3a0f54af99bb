import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { K6Line } from "../../compare/k6-line.ts";
import { until } from "../../util/until.ts";
import { K6Process } from "./k6-process.ts";

const point = JSON.stringify({
  type: "Point",
  metric: "vus",
  data: { time: "2026-03-14T09:15:00Z", value: 1 },
});

describe("a k6 under way", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "k6-process-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Starts a shell script in k6's place. */
  function start(body: string, onLine: (line: K6Line) => void = () => {}): Promise<K6Process> {
    const binary = join(folder, "k6");
    writeFileSync(binary, `#!/bin/sh\n${body}\n`);
    chmodSync(binary, 0o755);
    const command = { binary, script: "load.js", args: [], env: { PATH: process.env.PATH ?? "" } };
    return K6Process.start({ ...command, folder, logFile: log() }, onLine);
  }

  const log = () => join(folder, "k6.log");
  const isGone = (pid: number) => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  };

  it("tells its samples, and keeps what it says to people", async () => {
    const lines: K6Line[] = [];
    const body = `echo '${point}'\necho 'a summary'\necho 'a warning' >&2\nexit 99`;
    await using k6 = await start(body, (line) => lines.push(line));
    expect(await k6.ended).to.deep.equal({ code: 99, signal: null });
    expect(lines.map(({ metric }) => metric)).to.deep.equal(["vus"]);
    expect(readFileSync(log(), "utf8")).to.include("a summary").and.include("a warning");
  });

  it("is gone when it has been disposed of, also where its listener has failed before", async () => {
    const fails = () => {
      throw new Error("the listener failed");
    };
    const k6 = await start(`echo '${point}'\nexec sleep 600`, fails);
    expect(String(await k6.ended.catch((error: unknown) => error))).to.include("the listener failed");
    expect(isGone(k6.pid)).to.equal(false);
    await k6[Symbol.asyncDispose]();
    expect(isGone(k6.pid)).to.equal(true);
  });

  it("leaves no listener on this process when it has ended", async () => {
    const before = process.listenerCount("exit");
    await using k6 = await start("exit 0");
    await k6.ended;
    await until(() => process.listenerCount("exit") === before, "the listener is gone").atMost("5s");
  });
});
