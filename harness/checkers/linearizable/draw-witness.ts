import { describeOperation, tellingOperations } from "./describe.ts";
import type { ModelOperation } from "./model.ts";
import type { Witness } from "./witness.ts";

/** So many operations are drawn, the most telling ones. */
const shown = 12;
/** Pixels: a column for each event, a row for each process. */
const column = 72;
const row = 46;
const labels = 92;
const top = 18;
const barHeight = 20;
const characterWidth = 6.2;

interface Bar {
  readonly operation: ModelOperation;
  /** Its place in the order that explains all other answers, from 1. */
  readonly turn: number | undefined;
  readonly isStuck: boolean;
}

/**
 * A witness as SVG: a bar an operation, a row a process, lines of the history from left to right (only those shown, evenly spaced). The
 * numbers are an order that explains all answers but that of the stuck operation, which is red; what need not have taken effect has a
 * question mark. A bar without a right end has no answer in the prefix.
 *
 * It has no style of its own but attributes; a page may restyle its classes (`witness-bar`, `witness-stuck`...).
 */
export function drawWitness(witness: Witness): string {
  const turns = new Map(witness.order.map((place, index) => [place, index + 1]));
  const bars = tellingOperations(witness)
    .slice(0, shown)
    .flatMap((place): Bar[] => {
      const operation = witness.operations[place];
      return operation ? [{ operation, turn: turns.get(place), isStuck: place === witness.stuck }] : [];
    });
  const lines = bars.flatMap(({ operation: { from, to } }) => (Number.isFinite(to) ? [from, to] : [from]));
  const columns = new Map([...lines].sort((a, b) => a - b).map((line, index) => [line, index]));
  const processes = [...new Set(bars.map(({ operation }) => operation.invoke.process))].sort((a, b) => a - b);
  const width = Math.max(640, labels + (columns.size + 1) * column);
  const height = top + processes.length * row + 14;
  const xOf = (line: number) => labels + (columns.get(line) ?? columns.size) * column;
  const yOf = (process: number) => top + processes.indexOf(process) * row;
  const left = witness.operations.length - bars.length;
  const legend =
    "In the order of the history. Numbers: an order that explains all answers but the red one" +
    (left > 0 ? `; ${left} operation${left === 1 ? "" : "s"} of the prefix not shown` : "");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="witness" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    "<title>Why no order explains the red operation</title>",
    ...processes.map(
      (process) =>
        `<text class="witness-process" x="0" y="${yOf(process) + 20}" fill="#56606b">process ${process}</text>`,
    ),
    ...bars.map((bar) => drawBar(bar, xOf, yOf(bar.operation.invoke.process))),
    `<text class="witness-process" x="0" y="${height - 4}" fill="#56606b">${legend}</text>`,
    "</svg>",
  ].join("");
}

function drawBar({ operation, turn, isStuck }: Bar, xOf: (line: number) => number, y: number): string {
  const { from, to, ok } = operation;
  const x = xOf(from);
  const end = xOf(to);
  const text = describeOperation(operation);
  const fits = Math.floor((end - x - 18) / characterWidth);
  const label = text.length <= fits ? text : `${text.slice(0, Math.max(1, fits - 1))}…`;
  const kind = isStuck ? "witness-stuck" : turn === undefined ? "witness-unplaced" : "witness-placed";
  const [fill, stroke] = isStuck
    ? ["#fbe3e1", "#b3261e"]
    : turn === undefined
      ? ["none", "#56606b"]
      : ["#dcefe7", "#0b6e4f"];
  const name = isStuck ? "✕" : (turn ?? "?");
  const outline = ok
    ? `M ${x} ${y} H ${end - 4} V ${y + barHeight} H ${x} Z`
    : `M ${end} ${y} H ${x} V ${y + barHeight} H ${end}`;
  return [
    `<g class="${kind}"><title>${escaped(`${text}, from event ${operation.invoke.index}${ok ? ` to event ${ok.index}` : ", without an answer"}`)}</title>`,
    `<path class="witness-bar" d="${outline}" fill="${fill}" stroke="${stroke}"${ok ? "" : ' stroke-dasharray="4 3"'}/>`,
    `<text class="witness-turn" x="${x + 3}" y="${y - 4}" fill="${stroke}" font-weight="bold">${name}</text>`,
    `<text class="witness-text" x="${x + 5}" y="${y + 14}" fill="#1a1e23">${escaped(label)}</text></g>`,
  ].join("");
}

/** Text for an element of SVG or an attribute in quotes. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
