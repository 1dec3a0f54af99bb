import { expect } from "chai";
import { CommandError, execute, findOnPath } from "./execute.ts";

const node = process.execPath;
const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

describe("execute", () => {
  it("returns what the command wrote", async () => {
    const script = "console.log('out'); console.error('err')";
    expect(await execute(node, ["-e", script])).to.deep.equal({ stdout: "out\n", stderr: "err\n" });
  });

  it("shows the end of the output of a command that fails", async () => {
    const error = await caught(execute(node, ["-e", "console.error('no such tag'); process.exit(7)"]));
    expect(error).to.be.instanceOf(CommandError);
    expect(error).to.have.property("message").that.includes("exit 7").and.includes("no such tag");
  });

  it("names a command that cannot be started", async () => {
    const error = await caught(execute("/no/such/program", []));
    expect(error).to.be.instanceOf(CommandError);
    expect(error).to.have.property("message").that.includes("/no/such/program");
  });

  it("kills a command that takes too long", async () => {
    const error = await caught(execute(node, ["-e", "setInterval(() => {}, 1000)"], { timeoutMs: 100 }));
    expect(error).to.have.property("message").that.includes("took longer than 100 ms");
  });

  it("kills the command and its children when the signal aborts", async () => {
    const stop = new AbortController();
    const sleeper = "setInterval(() => {}, 1000)";
    const parent = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(sleeper)}], { stdio: "inherit" })`;
    const running = caught(execute(node, ["-e", parent], { signal: stop.signal }));
    stop.abort(new Error("interrupted"));
    // Its output closes only when the child is gone as well.
    expect(await running).to.have.property("message", "interrupted");
  });
});

describe("findOnPath", () => {
  it("finds an executable file and nothing else", () => {
    expect(findOnPath("node")).to.match(/\/node$/);
    expect(findOnPath("no-such-program")).to.equal(undefined);
    expect(findOnPath("lib", "/usr:/")).to.equal(undefined);
  });
});
