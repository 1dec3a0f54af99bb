import { createReadStream, createWriteStream, existsSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";

/** Gives each of several runs its own part of files that go on growing: logs, and the ledger. */
export class LogParts {
  /** How much of each file has been given out, in bytes. */
  readonly #given = new Map<string, number>();

  /** Copies what each file has grown by since the last call (at first: all of it) to a file of its name in `folder`. */
  async copyTo(folder: string, paths: readonly string[]): Promise<void> {
    await mkdir(folder, { recursive: true });
    for (const path of paths) {
      if (!existsSync(path)) continue;
      const start = this.#given.get(path) ?? 0;
      const { size } = statSync(path);
      this.#given.set(path, size);
      const target = createWriteStream(join(folder, basename(path)));
      if (size > start) await pipeline(createReadStream(path, { start, end: size - 1 }), target);
      else await new Promise<void>((resolve) => target.end(resolve));
    }
  }
}
