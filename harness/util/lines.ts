import { createReadStream } from "node:fs";

/** One line of a file, without its newline. */
export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** It ended with a newline; a last line that does not may have been torn by a crash. */
  readonly whole: boolean;
}

/** Streams the lines of a text file, holding one block at a time. */
export function linesOf(path: string): AsyncGenerator<Line> {
  return linesIn(createReadStream(path, { encoding: "utf8" }));
}

/** The lines of a text that comes in blocks, which may end anywhere. */
export async function* linesIn(blocks: AsyncIterable<string>): AsyncGenerator<Line> {
  let rest = "";
  let number = 0;
  for await (const block of blocks) {
    const lines = (rest + block).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) yield { text, number: ++number, whole: true };
  }
  if (rest !== "") yield { text: rest, number: ++number, whole: false };
}
