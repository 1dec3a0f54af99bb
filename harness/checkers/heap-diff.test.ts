import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import v8 from "node:v8";
import { expect } from "chai";
import { UsageError } from "../util/errors.ts";
import { type HeapClasses, readHeapClasses } from "./heap-classes.ts";
import { heapDiff } from "./heap-diff.ts";

/** A snapshot in the form of V8's, as small as can be. */
const snapshot = (nodes: readonly number[][], strings: readonly string[]): string =>
  `{"snapshot":${JSON.stringify({
    meta: {
      node_fields: ["type", "name", "id", "self_size", "edge_count", "detachedness"],
      node_types: [["hidden", "array", "string", "object", "code", "closure", "native"], "string", "number"],
    },
    node_count: nodes.length,
  })},\n"nodes":[${nodes.join("\n,")}],\n"edges":[1,2,3],\n"locations":[4,5],\n"strings":${JSON.stringify(strings)}}`;

async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const [string, object, closure, native] = [2, 3, 5, 6];
const strings = ["<dummy>", 'Session "x\\"', "onTick", "secret, not wanted", "Näme", '],"strings":['];
const small = snapshot(
  [
    [object, 1, 1, 100, 0, 0],
    [object, 1, 3, 150, 0, 0],
    [closure, 2, 5, 32, 0, 0],
    [string, 3, 7, 4000, 0, 0],
    [native, 4, 9, 64, 0, 0],
  ],
  strings,
);

describe("a heap snapshot", () => {
  it("is counted by constructor, however it comes in pieces", async () => {
    for (const size of [1, 2, 7, 64, 1 << 16]) {
      expect([...(await readHeapClasses(inChunks(small, size)))], `pieces of ${size}`).to.deep.equal([
        ['Session "x\\"', { count: 2, bytes: 250 }],
        ["onTick()", { count: 1, bytes: 32 }],
        ["(string)", { count: 1, bytes: 4000 }],
        ["Näme", { count: 1, bytes: 64 }],
      ]);
    }
  });

  it("that is cut off, or none at all, is refused with the reason", async () => {
    for (const [text, why] of [
      [small.slice(0, -1), undefined],
      [small.slice(0, -3), "strings"],
      [small.slice(0, small.indexOf("edges")), "between"],
      ["{}", "head"],
      [small.replace("self_size", "weight"), "self_size"],
      [`{"snapshot":{},"nodes":[]`, "what nodes consist of"],
    ] as const) {
      const read = readHeapClasses(inChunks(text, 50)).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (why === undefined) expect(await read, "all but the last brace").to.equal(undefined);
      else
        expect(await read)
          .to.be.instanceOf(UsageError)
          .with.property("message")
          .that.includes(why);
    }
  });

  it("of a real process shows what it has more of", async function () {
    this.timeout(60_000);
    class Leaked {
      readonly at = Math.random();
    }
    const folder = await mkdtemp(join(tmpdir(), "heap-diff-"));
    try {
      const take = async (name: string): Promise<HeapClasses> =>
        readHeapClasses(createReadStream(v8.writeHeapSnapshot(join(folder, name))));
      const before = await take("before.heapsnapshot");
      const leaked = Array.from({ length: 5_000 }, () => new Leaked());
      const after = await take("after.heapsnapshot");
      const growth = heapDiff(before, after);
      expect(growth.find(({ name }) => name === "Leaked")).to.include({ count: leaked.length });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("the difference of two heaps", () => {
  const heap = (classes: Record<string, [number, number]>): HeapClasses =>
    new Map(Object.entries(classes).map(([name, [count, bytes]]) => [name, { count, bytes }]));

  it("is what there is more of, by bytes, and no more than asked for", () => {
    const before = heap({
      Timeout: [5, 500],
      Socket: [2, 900],
      Same: [1, 1],
      Fewer: [9, 900],
      Table: [1, 1_000],
    });
    const after = heap({
      Timeout: [905, 90_500],
      Socket: [3, 950],
      Same: [1, 1],
      Fewer: [1, 100],
      New: [1, 70],
      Table: [1, 5_000],
    });
    expect(heapDiff(before, after)).to.deep.equal([
      { name: "Timeout", count: 900, bytes: 90_000, countAfter: 905 },
      { name: "Table", count: 0, bytes: 4_000, countAfter: 1 }, // one that grew
      { name: "New", count: 1, bytes: 70, countAfter: 1 },
      { name: "Socket", count: 1, bytes: 50, countAfter: 3 },
    ]);
    expect(heapDiff(before, after, 1).map(({ name }) => name)).to.deep.equal(["Timeout"]);
    expect(heapDiff(after, after)).to.deep.equal([]);
  });
});
