import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { z } from "zod";

const entrySchema = z.object({ path: z.string(), key: z.string().nullable() });
type Entry = z.infer<typeof entrySchema>;

/**
 * What was posted, refused or not, in a file: a line a post. It outlives a crash, so that the harness can count what a
 * service submitted, as it does in WireMock's journal.
 */
export class Journal {
  readonly #file: string;
  readonly #entries: Entry[];

  constructor(file: string) {
    this.#file = file;
    writeFileSync(file, "", { flag: "a" });
    const text = readFileSync(file, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    truncateSync(file, Buffer.byteLength(whole)); // a last line without its end was torn by a crash
    this.#entries = whole
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => entrySchema.parse(JSON.parse(line)));
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  /** Posts to a path; with a key, only those with this Idempotency-Key. */
  count(path: string, key?: string): number {
    return this.#entries.filter((entry) => entry.path === path && (key === undefined || entry.key === key))
      .length;
  }
}
