import { mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { EnvironmentError } from "../util/errors.ts";
import { CommandError } from "./execute.ts";
import { folderOf, Installer, inspect, type Recipe } from "./install.ts";
import type { ProgressEvent } from "./progress.ts";
import { downloadsFrom, fakeRecipe, fakeRegistry, pinned, temporaryCache } from "./testing/fake.ts";

const file = pinned("content");

const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

describe("Installer", () => {
  it("installs into a folder and leaves nothing else behind", async () => {
    await using cache = await temporaryCache();
    const installer = new Installer(cache, { downloads: downloadsFrom(cache, fakeRegistry("content")) });
    const { folder, marker } = await installer.install(fakeRecipe(file));
    expect(await readFile(join(folder, "program"), "utf8")).to.equal("content");
    expect(marker).to.deep.include({ version: "1.0", source: "a test" });
    expect(await readdir(cache.temporary)).to.deep.equal([]);
    expect(await readdir(cache.downloads)).to.deep.equal([]);
    expect(await readdir(cache.locks)).to.deep.equal([]);
  });

  it("does nothing when it is installed", async () => {
    await using cache = await temporaryCache();
    const registry = fakeRegistry("content");
    const installer = new Installer(cache, { downloads: downloadsFrom(cache, registry) });
    await installer.install(fakeRecipe(file));
    await installer.install(fakeRecipe(file));
    expect(registry.fetched).to.have.length(1);
  });

  it("installs beside the old when anything that decides the content changes", async () => {
    await using cache = await temporaryCache();
    const folders = [
      fakeRecipe(file),
      fakeRecipe(file, { determinants: [file, "another java"] }),
      fakeRecipe(file, { version: "1.1" }),
      fakeRecipe(file),
    ].map((recipe) => folderOf(cache, recipe));
    expect(new Set(folders).size).to.equal(3);
    expect(folders[0]).to.equal(folders[3]);
  });

  it("lets one of two at once do the work", async () => {
    await using cache = await temporaryCache();
    const registry = fakeRegistry("content");
    const installers = [1, 2].map(() => new Installer(cache, { downloads: downloadsFrom(cache, registry) }));
    const results = await Promise.all(installers.map((installer) => installer.install(fakeRecipe(file))));
    expect(new Set(results.map((result) => result.folder)).size).to.equal(1);
    expect(registry.fetched).to.have.length(1);
  });

  it("resumes after a failure without fetching again, and leaves no half-filled folder", async () => {
    await using cache = await temporaryCache();
    const registry = fakeRegistry("content");
    const installer = new Installer(cache, { downloads: downloadsFrom(cache, registry) });
    const failing: Recipe = {
      ...fakeRecipe(file),
      async fill(folder, tools) {
        await fakeRecipe(file).fill(folder, tools);
        throw new Error("the verification failed");
      },
    };
    const error = await caught(installer.install(failing));
    expect(error).to.be.instanceOf(EnvironmentError);
    expect(error).to.have.property(
      "message",
      "could not install thing 1.0 (a test): the verification failed",
    );
    expect(await readdir(cache.temporary)).to.deep.equal([]);
    expect(await inspect(cache, failing)).to.deep.equal({ state: "missing" });

    await installer.install(fakeRecipe(file));
    expect(registry.fetched).to.have.length(1);
  });

  it("says that a file is damaged, and repairs it", async () => {
    await using cache = await temporaryCache();
    const events: ProgressEvent[] = [];
    const installer = new Installer(cache, {
      downloads: downloadsFrom(cache, fakeRegistry("content")),
      onProgress: (event) => events.push(event),
    });
    const { folder } = await installer.install(fakeRecipe(file));
    await truncate(join(folder, "program"), 3);
    await installer.install(fakeRecipe(file));
    expect(await readFile(join(folder, "program"), "utf8")).to.equal("content");
    const repairs = events.filter((event) => event.step === "repair").map((event) => event.message);
    expect(repairs).to.have.length(1);
    expect(repairs[0]).to.include("has 3 bytes instead of 7");
    expect(await readdir(cache.temporary)).to.deep.equal([]);
  });

  it("refuses at once when there is too little room, saying how much is needed and where", async () => {
    await using cache = await temporaryCache();
    const error = await caught(new Installer(cache).install(fakeRecipe(file, { bytes: 1e18 })));
    expect(error).to.be.instanceOf(EnvironmentError);
    expect(error).to.have.property("exitCode", 3);
    expect(error)
      .to.have.property("message")
      .that.matches(/no room to install thing 1\.0: about 1000000000\.0 GB are needed in .*, .* are free/)
      .and.includes(cache.root);
  });

  const fullDisks: [string, Error][] = [
    ["a write", Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" })],
    ["a quota", Object.assign(new Error("EDQUOT: disk quota exceeded, write"), { code: "EDQUOT" })],
    ["a command", new CommandError("go: exit 1", "compile: writing output: no space left on device")],
    ["a cause", new Error("could not", { cause: Object.assign(new Error("full"), { code: "ENOSPC" }) })],
  ];
  for (const [what, full] of fullDisks) {
    it(`explains a disk that runs full in ${what}`, async () => {
      await using cache = await temporaryCache();
      const recipe = fakeRecipe(file, { fill: () => Promise.reject(full) });
      const error = await caught(new Installer(cache).install(recipe));
      expect(error).to.be.instanceOf(EnvironmentError);
      expect(error).to.have.property("message").that.includes("no room to install thing 1.0");
      expect(error).to.have.property("hint").that.includes("FAULTLINE_CACHE");
    });
  }

  it("stops with the signal's reason and cleans up", async () => {
    await using cache = await temporaryCache();
    const stop = new AbortController();
    const recipe = fakeRecipe(file, {
      async fill(folder) {
        await mkdir(join(folder, "half"));
        await writeFile(join(folder, "half", "done"), "");
        stop.abort(new Error("interrupted"));
      },
    });
    const error = await caught(new Installer(cache, { signal: stop.signal }).install(recipe));
    expect(error).to.have.property("message", "interrupted");
    expect(await inspect(cache, recipe)).to.deep.equal({ state: "missing" });
    expect(await readdir(cache.temporary)).to.deep.equal([]);
    expect(await readdir(cache.locks)).to.deep.equal([]);
  });

  it("takes the bytes of several downloads together", async () => {
    await using cache = await temporaryCache();
    const files = [pinned("one", "one.jar"), pinned("three", "three.jar")];
    const events: ProgressEvent[] = [];
    const registry = {
      fetched: [],
      fetch: async (
        wanted: { name: string; bytes: number },
        folder: string,
        options: { onBytes?: (n: number) => void },
      ) => {
        options.onBytes?.(wanted.bytes);
        const path = join(folder, wanted.name);
        await writeFile(path, wanted.name.replace(".jar", ""));
        return path;
      },
    };
    const installer = new Installer(cache, {
      downloads: downloadsFrom(cache, registry),
      onProgress: (event) => events.push(event),
    });
    await installer.install(
      fakeRecipe(file, {
        files,
        async fill(_folder, { obtain }) {
          for (const each of files) await obtain(each);
        },
      }),
    );
    expect(events.flatMap((event) => event.bytes ?? [])).to.deep.equal([
      { done: 3, total: 8 },
      { done: 8, total: 8 },
    ]);
  });
});
