import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

describe("the program", () => {
  it("ends as always when nobody reads its output any more", async function () {
    this.timeout(30_000);
    const child = spawn(process.execPath, [main, "run", "--help"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy(); // as `| head` does, once it has seen enough
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect(errors).to.equal("");
    expect(code).to.equal(0);
  });
});
