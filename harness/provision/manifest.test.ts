import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { componentNames, manifest, type PinnedFile } from "./manifest.ts";

/** Every pinned file, wherever in the manifest it stands. */
function pinnedFiles(value: unknown): PinnedFile[] {
  if (typeof value !== "object" || value === null) return [];
  if ("digest" in value) return [value as PinnedFile];
  return Object.values(value).flatMap(pinnedFiles);
}

describe("the manifest", () => {
  const files = pinnedFiles(manifest);

  it("names every component", () => {
    expect(componentNames).to.deep.equal([
      "kafka",
      "redis",
      "postgres",
      "wiremock",
      "toxiproxy",
      "k6",
      "s3",
      "porcupine",
      "prometheus",
      "speech",
    ]);
  });

  it("pins every file by size and digest", () => {
    expect(files).to.have.length.above(40);
    for (const file of files) {
      expect(file.digest, file.name).to.match(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/);
      expect(file.bytes, file.name).to.be.above(0);
    }
  });

  it("pins no content twice", () => {
    expect(new Set(files.map((file) => file.digest)).size).to.equal(files.length);
  });

  it("gives each of Kafka's jars a file name of its own", () => {
    const names = manifest.kafka.jars.map((jar) => jar.name);
    expect(new Set(names).size).to.equal(names.length);
    expect(names).to.include("kafka_2.13-4.3.1.jar");
  });

  for (const name of ["toxiproxy", "k6", "porcupine"] as const) {
    it(`builds ${name} from a module that pins the same version and every source`, () => {
      const { go, version } = manifest[name];
      const read = (file: string) => readFileSync(join(import.meta.dirname, go.module, file), "utf8");
      expect(read("go.mod")).to.match(new RegExp(` v${version.replaceAll(".", "\\.")}( // indirect)?$`, "m"));
      expect(read("go.sum")).to.match(/h1:/);
    });
  }
});
