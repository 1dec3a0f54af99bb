import { expect } from "chai";
import { EnvironmentError } from "../util/errors.ts";
import { CacheError } from "./cache.ts";
import { installByFirstWay } from "./choose.ts";
import { Installer, type Recipe } from "./install.ts";
import type { ProgressEvent } from "./progress.ts";
import { fakeRecipe, pinned, temporaryCache } from "./testing/fake.ts";

const way = (version: string, fill: Recipe["fill"] = async () => {}) => {
  const recipe = fakeRecipe(pinned(version), { version, fill, source: version, files: [] });
  return () => recipe;
};
const broken = (version: string) => way(version, () => Promise.reject(new Error(`${version} is broken`)));

describe("installByFirstWay", () => {
  it("takes the first way that this machine offers", async () => {
    await using cache = await temporaryCache();
    const offered = [() => undefined, way("2.0"), broken("1.0")];
    const { marker } = await installByFirstWay(new Installer(cache), "k6", offered);
    expect(marker.version).to.equal("2.0");
  });

  it("falls back when a way fails, and says so", async () => {
    await using cache = await temporaryCache();
    const events: ProgressEvent[] = [];
    const installer = new Installer(cache, { onProgress: (event) => events.push(event) });
    const { marker } = await installByFirstWay(installer, "k6", [broken("2.0"), way("1.0")]);
    expect(marker.version).to.equal("1.0");
    expect(events.find((event) => event.step === "note")?.message).to.include("2.0 is broken");
  });

  it("stays with a fallback that is installed", async () => {
    await using cache = await temporaryCache();
    await installByFirstWay(new Installer(cache), "k6", [broken("2.0"), way("1.0")]);
    const { marker } = await installByFirstWay(new Installer(cache), "k6", [way("2.0"), way("1.0")]);
    expect(marker.version).to.equal("1.0");
  });

  it("says what to install where there is no way", async () => {
    await using cache = await temporaryCache();
    const error = await installByFirstWay(new Installer(cache), "prometheus", [() => undefined]).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(EnvironmentError);
    expect(String(error)).to.include("no way to install prometheus");
    expect((error as EnvironmentError).hint).to.include("prometheus.io/download");
  });

  it("tells what happened to each way, and what to install", async () => {
    await using cache = await temporaryCache();
    const error = await installByFirstWay(new Installer(cache), "k6", [broken("2.0"), broken("1.0")]).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(EnvironmentError);
    expect(error).to.have.property("message").that.includes("2.0 is broken").and.includes("1.0 is broken");
    expect(error).to.have.property("hint").that.includes("Install Go");
  });

  it("tries nothing else when the cache is in the wrong place", async () => {
    await using cache = await temporaryCache();
    const full = way("2.0", () => Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" })));
    const error = await installByFirstWay(new Installer(cache), "k6", [full, way("1.0")]).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(CacheError);
  });

  it("says when there is no way at all", async () => {
    await using cache = await temporaryCache();
    const error = await installByFirstWay(new Installer(cache), "redis", [() => undefined]).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.have.property("message", "this machine offers no way to install redis");
  });
});
