import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { UsageError } from "./errors.ts";
import { linesOf } from "./lines.ts";
import { readSegment, SegmentedFile, segmentsOf } from "./segments.ts";
import { until } from "./until.ts";

describe("a file in segments", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "segments-"));
    path = join(folder, "a.ndjson");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const read = async () => (await Array.fromAsync(linesOf(path))).map(({ text }) => text);
  const numbers = (count: number) => Array.from({ length: count }, (_, n) => `line ${n} äöü`);

  it("is one plain file as long as it is small", async () => {
    {
      await using file = new SegmentedFile(path);
      for (const line of numbers(100)) file.write(`${line}\n`);
    }
    expect(readdirSync(folder)).to.deep.equal(["a.ndjson"]);
    expect(await read()).to.deep.equal(numbers(100));
  });

  it("moves what is full to compressed segments, and reads as one", async () => {
    {
      await using file = new SegmentedFile(path, 1_000);
      for (const line of numbers(500)) file.write(`${line}\n`);
    }
    const files = readdirSync(folder);
    expect(files.length).to.be.greaterThan(5);
    expect(files.filter((file) => file !== "a.ndjson" && !/^a\.ndjson\.\d{6}\.gz$/.test(file))).to.deep.equal(
      [],
    );
    expect(await read()).to.deep.equal(numbers(500));
    const lines = await Array.fromAsync(linesOf(path));
    expect(lines.map(({ number }) => number)).to.deep.equal(lines.map((_, n) => n + 1));
  });

  it("reads each segment once, as a killed writer leaves it: plain, compressed, or on the way", async () => {
    writeFileSync(`${path}.000001.gz`, gzipSync("1\n"));
    writeFileSync(`${path}.000002`, "2\n");
    writeFileSync(`${path}.000002.gz.part`, gzipSync("2\n").subarray(0, 5));
    writeFileSync(`${path}.000003`, "3\n"); // compressed, and not deleted yet
    writeFileSync(`${path}.000003.gz`, gzipSync("3\n"));
    writeFileSync(path, "4\n5");
    writeFileSync(join(folder, "a.ndjson.note"), "not one of them");
    writeFileSync(join(folder, "b.ndjson.000001"), "not one of them");
    expect(await read()).to.deep.equal(["1", "2", "3", "4", "5"]);
    expect(await segmentsOf(path)).to.have.length(4);
  });

  it("refuses a file that is there, and names a segment that is broken", async () => {
    writeFileSync(path, "");
    expect(() => new SegmentedFile(path)).to.throw("EEXIST");
    writeFileSync(`${path}.000001.gz`, "no gzip");
    const failure = await read().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(UsageError);
    expect(String(failure)).to.include("a.ndjson.000001.gz: incorrect header check");
  });

  it("keeps a segment that cannot be compressed, and nothing of the attempt", async () => {
    await mkdir(`${path}.000001.gz`); // which nothing can be renamed to
    {
      await using file = new SegmentedFile(path, 10);
      for (const line of numbers(3)) file.write(`${line}\n`);
    }
    expect(readdirSync(folder)).to.deep.equal([
      ...["a.ndjson", "a.ndjson.000001", "a.ndjson.000001.gz", "a.ndjson.000002.gz"],
    ]);
  });

  it("has whole lines only, also when the disk is full in the middle of one and has room again", async () => {
    const program = `
      import { SegmentedFile } from ${JSON.stringify(new URL("segments.ts", import.meta.url).href)};
      const file = new SegmentedFile(${JSON.stringify(path)});
      const refused = [600, 600, 100].filter((length, n) => {
        try { file.write(n + "x".repeat(length - 2) + "\\n"); } catch (error) { return error.code === "EFBIG"; }
      });
      console.log(refused.join());
    `;
    // A limit of a kibibyte for the file, of which the kernel writes what fits.
    const limited = `trap '' XFSZ; ulimit -f 1; exec "$0" --input-type=module-typescript -e "$1"`;
    const { stdout } = await promisify(execFile)("bash", ["-c", limited, process.execPath, program]);
    expect(stdout).to.equal("600\n");
    expect((await read()).map((line) => [line[0], line.length])).to.deep.equal([
      ["0", 599],
      ["2", 99],
    ]);
  });

  it("holds no segment open that is read no further", async () => {
    writeFileSync(`${path}.000001.gz`, gzipSync(randomBytes(4 << 20).toString("base64")));
    writeFileSync(path, "");
    const isOpen = () =>
      readdirSync("/proc/self/fd").some((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path);
        } catch {
          return false; // the listing's own
        }
      });
    for await (const _ of readSegment(`${path}.000001.gz`)) {
      expect(isOpen()).to.equal(true);
      break;
    }
    await until(() => !isOpen(), "the segment is closed")
      .every("10ms")
      .atMost("5s");
  });
});
