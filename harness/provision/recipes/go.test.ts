import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect } from "chai";
import { keyOf } from "../digest.ts";
import { manifest } from "../manifest.ts";
import { goProgram } from "./go.ts";

const manifestFolder = join(import.meta.dirname, "..");

describe("a program built with Go", () => {
  let module: string;
  beforeEach(async () => {
    module = await mkdtemp(join(tmpdir(), "go-module-"));
    await cp(join(manifestFolder, manifest.k6.go.module), module, { recursive: true });
  });
  afterEach(() => rm(module, { recursive: true }));

  const key = () => {
    const build = { ...manifest.k6.go, module: relative(manifestFolder, module) };
    return keyOf(goProgram("k6", "k6", manifest.k6.version, build).determinants);
  };

  it("is another one when a source of it changes, wherever, or its modules do", async () => {
    const keys = [key()];
    for (const file of ["cmd/k6/main.go", "producer.go", "go.sum"]) {
      await writeFile(join(module, file), "// changed");
      keys.push(key());
    }
    expect(new Set(keys).size).to.equal(4);
  });

  it("is the same when only its tests change", async () => {
    const before = key();
    await writeFile(join(module, "kafka_test.go"), "// changed");
    expect(key()).to.equal(before);
  });

  it("of a library has no sources of its own", () => {
    const { version, go } = manifest.toxiproxy;
    expect(goProgram("toxiproxy", "toxiproxy-server", version, go).determinants).to.have.length(2);
  });
});
