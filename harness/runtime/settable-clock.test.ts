import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { examineCapability } from "../provision/capabilities.ts";
import { execute } from "../provision/execute.ts";
import { asksCLibrary, SettableClock } from "./settable-clock.ts";

describe("settable clock", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "clock-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("adds up what several faults want, and is right again when none wants anything", async () => {
    const examined = await examineCapability("libfaketime");
    if (!examined.supported) {
      console.log(`      unsupported here: libfaketime: ${examined.why}`);
      const error = await SettableClock.of("stt", folder).catch((failure: unknown) => failure);
      expect(String(error)).to.contain("libfaketime is not installed");
      return;
    }
    const clock = await SettableClock.of("stt", folder);
    const file = clock.environment().FAKETIME_TIMESTAMP_FILE ?? "";
    const wanted = () => readFileSync(file, "utf8").trim();
    expect(wanted()).to.equal("+0");
    clock.shift("a", 3_600_000);
    clock.shift("b", -7_200_500);
    expect(wanted()).to.equal("-3600.5");
    clock.restore("a");
    expect(wanted()).to.equal("-7200.5");
    clock.restore("a");
    clock.restore("b");
    expect(wanted()).to.equal("+0");
  });

  it("is believed by a program that asks the C library", async function () {
    if (!(await examineCapability("libfaketime")).supported) this.skip(); // said above
    const clock = await SettableClock.of("stt", folder);
    const env = clock.environment();
    clock.shift("a", -86_400_000);
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const { stdout } = await execute("env", [...variables, process.execPath, "-p", "Date.now()"]);
    expect(Date.now() - Number(stdout)).to.be.within(86_395_000, 86_460_000);
  });

  it("is for programs that ask the C library: not for a static one, which has no interpreter", () => {
    const program = (name: string, bytes: string) => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    expect(asksCLibrary(process.execPath)).to.equal(true);
    expect(asksCLibrary(program("dynamic", "\x7fELF\x02\x01...\0/lib64/ld-linux-x86-64.so.2\0..."))).to.equal(
      true,
    );
    expect(asksCLibrary(program("static", "\x7fELF\x02\x01..."))).to.equal(false);
    expect(asksCLibrary(program("script", "#!/bin/sh\n"))).to.equal(true);
  });
});
