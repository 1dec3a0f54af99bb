import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { examineCapability } from "../provision/capabilities.ts";
import { mountPoints, SmallDisk, unmountBelow, writeUntilFull } from "./small-disk.ts";

describe("small disk", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "small disk-test-")); // with a space, which the kernel's table escapes
  });
  afterEach(() => {
    unmountBelow(folder);
    rmSync(folder, { recursive: true });
  });

  it("can be filled to the last byte, stays full while any fault wants it, and is gone with the clean-up", async () => {
    const below = join(folder, "node");
    mkdirSync(below);
    const examined = await examineCapability("tmpfs");
    if (!examined.supported) {
      console.log(`      unsupported here: tmpfs: ${examined.why}`);
      const error = await SmallDisk.mount(below, 1_048_576, "test").catch((failure: unknown) => failure);
      expect(String(error)).to.contain("no file system can be mounted");
      return;
    }
    const disk = await SmallDisk.mount(below, 1_048_576, "test");
    expect(mountPoints()).to.include(below);
    disk.fill("a");
    disk.fill("b");
    expect(disk.freeBytes()).to.equal(0);
    expect(() => writeFileSync(join(below, "more"), "x".repeat(5_000))).to.throw("ENOSPC");
    disk.free("a");
    expect(disk.freeBytes()).to.equal(0);
    disk.free("b");
    expect(disk.freeBytes()).to.be.greaterThan(1_000_000);
    unmountBelow(folder);
    expect(mountPoints()).not.to.include(below);
  });

  it("is full when the kernel says so, and other failures are not swallowed", () => {
    const file = openSync("/dev/full", "w");
    writeUntilFull(file, Buffer.alloc(10));
    closeSync(file);
    expect(() => writeUntilFull(file, Buffer.alloc(10))).to.throw("EBADF");
  });
});
