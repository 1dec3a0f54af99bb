import { readdir, readFile } from "node:fs/promises";
import { expect } from "chai";
import { EnvironmentError } from "../util/errors.ts";
import { downloadsFrom, fakeRegistry, pinned, temporaryCache } from "./testing/fake.ts";

const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

describe("Downloads", () => {
  it("fetches a file, verifies it and keeps it", async () => {
    await using cache = await temporaryCache();
    const registry = fakeRegistry("content");
    const downloads = downloadsFrom(cache, registry);
    const file = pinned("content");
    expect(await readFile(await downloads.obtain(file), "utf8")).to.equal("content");
    await downloads.obtain(file);
    expect(registry.fetched).to.have.length(1);
  });

  it("tries again after a failure", async () => {
    await using cache = await temporaryCache();
    const registry = fakeRegistry(new Error("connection reset"), "content");
    const reasons: string[] = [];
    const onRetry = (reason: string) => reasons.push(reason);
    await downloadsFrom(cache, registry).obtain(pinned("content"), { onRetry });
    expect(registry.fetched).to.have.length(2);
    expect(reasons).to.deep.equal(["connection reset"]);
  });

  it("deletes a file with another content and says which was wanted and which came", async () => {
    await using cache = await temporaryCache();
    const file = pinned("content");
    const error = await caught(downloadsFrom(cache, fakeRegistry("tampered")).obtain(file));
    expect(error).to.be.instanceOf(EnvironmentError);
    const { message } = error as EnvironmentError;
    expect(message).to.include("thing.jar").and.include(file.digest).and.include(pinned("tampered").digest);
    expect(await readdir(cache.downloads)).to.deep.equal([]);
    expect(await readdir(cache.temporary)).to.deep.equal([]);
  });

  it("does not insist when the environment is wrong", async () => {
    await using cache = await temporaryCache();
    const registry = fakeRegistry(new EnvironmentError("npm is not on PATH"));
    const error = await caught(downloadsFrom(cache, registry).obtain(pinned("content")));
    expect(error).to.have.property("message", "npm is not on PATH");
    expect(registry.fetched).to.have.length(1);
  });

  it("fetches a kept file again when it was damaged", async () => {
    await using cache = await temporaryCache();
    const registry = fakeRegistry("content");
    const downloads = downloadsFrom(cache, registry);
    const { truncate } = await import("node:fs/promises");
    await truncate(await downloads.obtain(pinned("content")), 2);
    expect(await readFile(await downloads.obtain(pinned("content")), "utf8")).to.equal("content");
    expect(registry.fetched).to.have.length(2);
  });

  it("stops with the signal's reason", async () => {
    await using cache = await temporaryCache();
    const stop = new AbortController();
    const registry = {
      fetched: [],
      fetch: async () => {
        stop.abort(new Error("interrupted"));
        throw new Error("connection reset");
      },
    };
    const error = await caught(
      downloadsFrom(cache, registry).obtain(pinned("content"), { signal: stop.signal }),
    );
    expect(error).to.have.property("message", "interrupted");
  });
});
