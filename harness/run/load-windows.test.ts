import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { EnvironmentError } from "../util/errors.ts";
import { until } from "../util/until.ts";
import { type LoadTarget, takeTurns, takeWindows, type WindowOptions } from "./load-windows.ts";

const target = (name: string): LoadTarget => ({
  ...{ name, kafka: [], jwtSecret: "" },
  services: [{ name, baseUrl: `http://${name}` }],
});

describe("windows of load", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "load-windows-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** With a shell script in k6's place. Each of its runs is noted with its target and where its samples went. */
  function options(body: string, signal = new AbortController().signal): WindowOptions {
    const binary = join(folder, "k6");
    writeFileSync(binary, `#!/bin/sh\necho "$BASE_URL $6" >> runs\n${body}\n`);
    chmodSync(binary, 0o755);
    return { k6: { script: "stt-load", profile: "smoke" }, binary, folder, signal };
  }
  const runs = () => readFileSync(join(folder, "runs"), "utf8").trim().split("\n");

  it("are of A and B by turns, each warmed up before", async () => {
    const turns = takeTurns({ a: target("one"), b: target("two") }, { ...options(""), pairs: 2, seed: 1 });
    const taken = (await Array.fromAsync(turns)).map(({ side, result }) => [side, result]);
    expect(taken.toSorted()).to.deep.equal([
      ["a", join(folder, "a/00.json.gz")],
      ["a", join(folder, "a/01.json.gz")],
      ["b", join(folder, "b/00.json.gz")],
      ["b", join(folder, "b/01.json.gz")],
    ]);
    expect(runs().slice(0, 2), "are thrown away").to.deep.equal(["http://one json=-", "http://two json=-"]);
    expect(runs()).to.include(`http://two json=${join(folder, "b/01.json.gz")}`);
  });

  it("are of A alone, where it has no other", async () => {
    const taken = await Array.fromAsync(takeWindows(target("one"), { ...options(""), count: 2 }));
    expect(taken).to.deep.equal([join(folder, "a/00.json.gz"), join(folder, "a/01.json.gz")]);
    expect(runs()).to.have.length(3);
    expect(readdirSync(folder)).not.to.include("b");
  });

  it("say which service and what k6 said when one does not come to its end", async () => {
    const windows = takeWindows(target("one"), { ...options("echo 'no token' >&2; exit 107"), count: 1 });
    const error = await windows.next().catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(EnvironmentError);
    expect(String(error)).to.include("against one ended with 107: no token");
  });

  it("are cut short when the run is interrupted, and leave no k6", async () => {
    const controller = new AbortController();
    const slow = options("trap '' INT; echo $$ > pid; exec sleep 600", controller.signal);
    const ended = takeWindows(target("one"), { ...slow, count: 1 })
      .next()
      .catch((thrown: unknown) => thrown);
    const pid = () => Number(readFileSync(join(folder, "pid"), "utf8"));
    await until(() => existsSync(join(folder, "pid")) && pid() > 0, "it runs").atMost("5s");
    controller.abort(new Error("interrupted"));
    expect(String(await ended)).to.include("interrupted");
    expect(() => process.kill(pid(), 0)).to.throw(/ESRCH/);
  });
});
