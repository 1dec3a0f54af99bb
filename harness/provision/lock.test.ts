import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { withLock } from "./lock.ts";

describe("withLock", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "faultline-lock-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("lets the second wait until the first is done", async () => {
    const file = join(folder, "thing");
    const order: string[] = [];
    const waiting = Promise.withResolvers<void>();
    const first = withLock(file, {}, async () => {
      order.push("first begins");
      await waiting.promise;
      order.push("first ends");
    });
    const second = withLock(file, { onWait: () => waiting.resolve() }, async () => {
      order.push("second");
    });
    await Promise.all([first, second]);
    expect(order).to.deep.equal(["first begins", "first ends", "second"]);
  });

  it("is free again when the work fails", async () => {
    const file = join(folder, "thing");
    const error = await withLock(file, {}, () => Promise.reject(new Error("broken"))).catch((e: Error) => e);
    expect(error).to.have.property("message", "broken");
    expect(await withLock(file, {}, async () => "done")).to.equal("done");
  });

  it("stops waiting when the signal aborts", async () => {
    const file = join(folder, "thing");
    const stop = new AbortController();
    const error = await withLock(file, {}, () =>
      withLock(
        file,
        { signal: stop.signal, onWait: () => stop.abort(new Error("interrupted")) },
        async () => {},
      ),
    ).catch((thrown: Error) => thrown);
    expect(error).to.have.property("message", "interrupted");
  });

  it("takes over the lock of a holder that was killed", async () => {
    const file = join(folder, "thing");
    const { utimes } = await import("node:fs/promises");
    await mkdir(`${file}.lock`); // What a killed holder leaves: a lock whose time is no longer renewed.
    await utimes(`${file}.lock`, 1_000, 1_000);
    expect(await withLock(file, {}, async () => "done")).to.equal("done");
  });
});
