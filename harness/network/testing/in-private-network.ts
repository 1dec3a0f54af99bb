import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { examineCapability } from "../../provision/capabilities.ts";
import { inPrivateNetwork, isPrivateNetwork } from "../private-network.ts";

const mocha = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");

/**
 * Tests for a private network: the file that calls it runs itself anew in one, and defines the tests there. Where the
 * machine has none, it asserts that this is said, with a fix.
 * @param file the calling test's `import.meta.url`.
 * @param define called inside only; defines the tests.
 */
export function describeInPrivateNetwork(title: string, file: string, define: () => void): void {
  describe(title, () => {
    if (isPrivateNetwork()) define();
    else it("in a private network", () => runPrivately(title, fileURLToPath(file)));
  });
}

async function runPrivately(title: string, file: string): Promise<void> {
  const examined = await examineCapability("netns");
  if (!examined.supported) {
    assert.notEqual(examined.why, "");
    console.log(`      unsupported here: ${examined.why}`);
    return;
  }
  const command = inPrivateNetwork([
    process.execPath,
    mocha,
    ...["--no-config", "--timeout", "300000", "--grep", title, file],
  ]);
  const { stdout } = await promisify(execFile)(command.file, [...command.args], {
    env: { ...process.env, ...command.env, NO_COLOR: "1" },
  }).catch((error: { stdout?: string; stderr?: string }) => {
    throw new Error(`in the private network:\n${error.stdout ?? ""}${error.stderr ?? String(error)}`);
  });
  // Without the inner sums: here they are one test, and CI adds up what it reads.
  const shown = stdout.replaceAll(/^\s*\d+ passing.*$/gm, "").trim();
  console.log(shown.replaceAll(/^/gm, "    "));
}
