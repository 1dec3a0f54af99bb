import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { EnvironmentError } from "../util/errors.ts";
import { cacheAt, cacheRoot, prepareCache, sweepTemporary, temporaryFolder } from "./cache.ts";
import { temporaryCache } from "./testing/fake.ts";

describe("cacheRoot", () => {
  it("is FAULTLINE_CACHE before everything else", () => {
    expect(cacheRoot({ FAULTLINE_CACHE: "/a", XDG_CACHE_HOME: "/b" }, true, "/home/x")).to.equal("/a");
  });

  it("follows XDG", () => {
    expect(cacheRoot({ XDG_CACHE_HOME: "/b" }, true, "/home/x")).to.equal("/b/faultline");
  });

  it("lies where an unprivileged user can read it when the user is root", () => {
    expect(cacheRoot({}, true, "/root")).to.equal("/var/cache/faultline");
  });

  it("lies in the user's home otherwise", () => {
    expect(cacheRoot({ FAULTLINE_CACHE: "" }, false, "/home/x")).to.equal("/home/x/.cache/faultline");
  });
});

describe("prepareCache", () => {
  it("says what to do when the folder cannot be made", async () => {
    const error = await prepareCache(cacheAt("/dev/null/cache")).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(EnvironmentError);
    expect(error).to.have.property("message").that.includes("/dev/null/cache");
    expect(error).to.have.property("hint").that.includes("FAULTLINE_CACHE");
  });
});

describe("sweepTemporary", () => {
  it("removes the work of dead processes and keeps that of living ones", async () => {
    await using cache = await temporaryCache();
    const folder = await temporaryFolder(cache, "kafka");
    await sweepTemporary(cache, (pid) => pid === process.pid);
    expect(await readdir(cache.temporary)).to.have.length(1);
    await sweepTemporary(cache, () => false);
    expect(await readdir(cache.temporary)).to.deep.equal([]);
    expect(folder).to.include(`.${process.pid}.`);
  });

  it("keeps the recent work of other machines that share the cache", async () => {
    await using cache = await temporaryCache();
    await mkdir(join(cache.temporary, "kafka.00000000.1.abcdef"));
    await sweepTemporary(cache, () => false);
    expect(await readdir(cache.temporary)).to.deep.equal(["kafka.00000000.1.abcdef"]);
  });
});
