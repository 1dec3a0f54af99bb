import { z } from "zod";
import { UsageError } from "../util/errors.ts";

/** Objects of one constructor in a heap. */
export interface HeapClass {
  readonly count: number;
  /** Of the objects themselves, without what they hold. */
  readonly bytes: number;
}

/** A heap by constructor; what has none by its kind in parentheses, as in DevTools: `(string)`, `(array)`; functions as `name()`. */
export type HeapClasses = ReadonlyMap<string, HeapClass>;

/** Types of nodes whose name is that of a constructor or of a resource of the runtime. Of others, names are contents. */
const namedByConstructor = new Set(["object", "native"]);

const headSchema = z.object({
  snapshot: z.object({
    meta: z.object({
      node_fields: z.array(z.string()),
      node_types: z.tuple([z.array(z.string())]).rest(z.unknown()),
    }),
  }),
});

/**
 * Reads a heap snapshot of V8 (what `v8.writeHeapSnapshot` writes) as it streams by. Only the counts by constructor are held, so that
 * a snapshot of a gigabyte needs no more memory than a small one. The format: v8/src/profiler/heap-snapshot-generator.cc,
 * HeapSnapshotJSONSerializer: the head, `nodes` as numbers, `edges` and others, and the `strings` that names are indices of.
 * @throws UsageError when it is not one.
 */
export async function readHeapClasses(chunks: AsyncIterable<Uint8Array>): Promise<HeapClasses> {
  const reader = new HeapReader();
  for await (const chunk of chunks) reader.add(chunk);
  return reader.end();
}

const nodesMark = Buffer.from('"nodes":[');
const stringsMark = Buffer.from('"strings":[');
/** The head is some kilobytes; what is longer without nodes is something else. */
const mostHeadBytes = 1 << 20;

const [quote, backslash, zero, nine, closing] = [0x22, 0x5c, 0x30, 0x39, 0x5d];

type Part = "head" | "nodes" | "between" | "strings" | "done";

class HeapReader {
  #part: Part = "head";
  /** Of the head: all. Of what is between: the end, for a mark that a chunk's end cuts. */
  #kept: Buffer = Buffer.alloc(0);
  #types: readonly string[] = [];
  #fields = { count: 0, type: 0, name: 0, size: 0 };
  readonly #node: number[] = [];
  #number = -1;
  /** By type, then by the index of the name (-1: all names together). */
  readonly #tallies = new Map<number, Map<number, { count: number; bytes: number }>>();
  #string: Buffer[] | undefined;
  #escaped = false;
  #strings = 0;
  readonly #names = new Map<number, string>();

  add(chunk: Uint8Array): void {
    let rest: Buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0 && this.#part !== "done") rest = this.#consume(rest);
  }

  end(): HeapClasses {
    if (this.#part !== "done") throw notOne(`it ends within its ${this.#part}`);
    const classes = new Map<string, { count: number; bytes: number }>();
    for (const [type, byName] of this.#tallies) {
      for (const [index, { count, bytes }] of byName) {
        const name = this.#className(this.#types[type] ?? "", index);
        const before = classes.get(name) ?? { count: 0, bytes: 0 };
        classes.set(name, { count: before.count + count, bytes: before.bytes + bytes });
      }
    }
    return classes;
  }

  #className(type: string, index: number): string {
    if (index === -1) return `(${type})`;
    const name = this.#names.get(index);
    if (name === undefined) throw notOne(`its string ${index} is missing`);
    return type === "closure" ? `${name}()` : name;
  }

  /** What is left of a chunk. */
  #consume(chunk: Buffer): Buffer {
    if (this.#part === "nodes") return this.#readNodes(chunk);
    if (this.#part === "strings") return this.#readStrings(chunk);
    const all = Buffer.concat([this.#kept, chunk]);
    const mark = this.#part === "head" ? nodesMark : stringsMark;
    const at = all.indexOf(mark);
    if (at === -1) {
      this.#kept = this.#part === "head" ? all : Buffer.from(all.subarray(-(mark.length - 1)));
      if (this.#kept.length > mostHeadBytes) throw notOne("it has no nodes");
      return Buffer.alloc(0);
    }
    if (this.#part === "head") this.#readHead(all.toString("utf8", 0, at));
    this.#part = this.#part === "head" ? "nodes" : "strings";
    this.#kept = Buffer.alloc(0);
    return all.subarray(at + mark.length);
  }

  #readHead(text: string): void {
    const parsed = headSchema.safeParse(jsonOrUndefined(`${text.trimEnd().replace(/,$/, "")}}`));
    if (!parsed.success) throw notOne("its head does not say what nodes consist of");
    const { node_fields: fields, node_types: types } = parsed.data.snapshot.meta;
    this.#types = types[0];
    const of = (field: string) => {
      const at = fields.indexOf(field);
      if (at === -1) throw notOne(`its nodes have no ${field}`);
      return at;
    };
    this.#fields = { count: fields.length, type: of("type"), name: of("name"), size: of("self_size") };
  }

  #readNodes(chunk: Buffer): Buffer {
    for (const [at, byte] of chunk.entries()) {
      if (byte >= zero && byte <= nine) {
        this.#number = Math.max(0, this.#number) * 10 + (byte - zero);
        continue;
      }
      if (this.#number >= 0) this.#nodeField(this.#number);
      this.#number = -1;
      if (byte === closing) {
        this.#part = "between";
        return chunk.subarray(at + 1);
      }
    }
    return Buffer.alloc(0);
  }

  #nodeField(value: number): void {
    this.#node.push(value);
    if (this.#node.length < this.#fields.count) return;
    const [type = 0, name = 0, size = 0] = [this.#fields.type, this.#fields.name, this.#fields.size].map(
      (field) => this.#node[field],
    );
    this.#node.length = 0;
    const typeName = this.#types[type] ?? "";
    const key = namedByConstructor.has(typeName) || typeName === "closure" ? name : -1;
    const byName = this.#tallies.get(type) ?? new Map<number, { count: number; bytes: number }>();
    this.#tallies.set(type, byName);
    const tally = byName.get(key) ?? { count: 0, bytes: 0 };
    byName.set(key, tally);
    tally.count++;
    tally.bytes += size;
  }

  #readStrings(chunk: Buffer): Buffer {
    let from = 0;
    for (const [at, byte] of chunk.entries()) {
      if (this.#string === undefined) {
        if (byte === closing) {
          this.#part = "done";
          return Buffer.alloc(0);
        }
        if (byte === quote) [this.#string, from] = [[], at];
      } else if (this.#escaped) {
        this.#escaped = false;
      } else if (byte === backslash) {
        this.#escaped = true;
      } else if (byte === quote) {
        if (this.#isNeeded(this.#strings)) this.#string.push(chunk.subarray(from, at + 1));
        this.#name(Buffer.concat(this.#string));
        this.#string = undefined;
      }
    }
    // A copy, for the chunk may be overwritten; of strings that nobody asks for, nothing.
    if (this.#string !== undefined && this.#isNeeded(this.#strings)) {
      this.#string.push(Buffer.from(chunk.subarray(from)));
    }
    return Buffer.alloc(0);
  }

  #isNeeded(index: number): boolean {
    for (const byName of this.#tallies.values()) if (byName.has(index)) return true;
    return false;
  }

  #name(text: Buffer): void {
    if (text.length > 0) this.#names.set(this.#strings, String(jsonOrUndefined(text.toString("utf8"))));
    this.#strings++;
  }
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const notOne = (why: string): UsageError =>
  new UsageError(
    `this is no whole heap snapshot: ${why}`,
    "Take it with v8.writeHeapSnapshot() or DevTools, and wait until it is written.",
  );
