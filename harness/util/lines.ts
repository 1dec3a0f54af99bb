import { readSegment, segmentsOf } from "./segments.ts";

/** One line of a file, without its newline. */
export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** It ended with a newline; a last line that does not may have been torn by a crash. */
  readonly whole: boolean;
}

/** Streams the lines of a text file with its older segments (`SegmentedFile`), holding one block at a time. */
export function linesOf(path: string): AsyncGenerator<Line> {
  return linesIn(textOf(path));
}

async function* textOf(path: string): AsyncGenerator<string> {
  for (const segment of await segmentsOf(path)) {
    const decoder = new TextDecoder(); // a segment ends with a line: no character is cut between two
    for await (const block of readSegment(segment)) yield decoder.decode(block, { stream: true });
  }
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
