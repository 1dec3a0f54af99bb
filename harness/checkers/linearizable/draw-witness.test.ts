import { expect } from "chai";
import { linearizable } from "../linearizable.ts";
import { history, type Line } from "../testing/lines.ts";

const write = (process: number, value: unknown): Line[] => [
  ["invoke", process, "write", { value }],
  ["ok", process, "write", { value }],
];
const drawingOf = (...lines: Line[]): string =>
  linearizable({ model: "register" }).check(history(...lines)).anomalies[0]?.drawing ?? "";
const read = (process: number, value: unknown): Line[] => [
  ["invoke", process, "read"],
  ["ok", process, "read", { value }],
];
const count = (text: string, part: string) => text.split(part).length - 1;

describe("the drawing of a witness", () => {
  it("has a row for each process, a bar for each operation, and numbers for an order", () => {
    const drawing = drawingOf(
      ...write(0, 1),
      ...write(4, 2),
      ["invoke", 7, "write", { value: 3 }],
      ...read(1, 1),
    );
    for (const process of [0, 1, 4, 7]) expect(drawing).to.include(`>process ${process}</text>`);
    expect(count(drawing, 'class="witness-placed"')).to.equal(2);
    expect(count(drawing, 'class="witness-unplaced"')).to.equal(1);
    expect(count(drawing, 'class="witness-stuck"')).to.equal(1);
    expect(drawing).to.match(/>1<\/text>.*>2<\/text>|>2<\/text>.*>1<\/text>/);
    expect(drawing).to.include("read → 1, from event 5 to event 6");
    expect(drawing).to.include("write 3 ?, from event 4, without an answer");
  });

  it("escapes all that comes of the history", () => {
    const evil = `</svg><script>alert("1")</script>&`;
    const drawing = drawingOf(...write(0, evil), ...write(0, 2), ...read(1, evil));
    expect(drawing).not.to.include("<script");
    expect(count(drawing, "</svg>")).to.equal(1);
    expect(drawing).to.include("&lt;/svg&gt;&lt;script&gt;");
  });

  it("shows the most telling operations of many, and says how many it leaves out", () => {
    const many = Array.from({ length: 100 }, (_, n) => write(0, n)).flat();
    const drawing = drawingOf(...many, ...read(1, 98));
    expect(count(drawing, 'class="witness-bar"')).to.equal(12);
    expect(drawing).to.include("89 operations of the prefix not shown");
    expect(drawing).to.include("write 98,").and.include("write 99,");
  });

  it("is made for the five shortest prefixes of one history only", () => {
    const lines = Array.from({ length: 8 }, (_, n) =>
      [...Array.from({ length: 9 - n }, (_, value) => write(n, value)).flat(), ...read(n, "none")].map(
        ([type, process, f, rest]): Line => [type, process, f, { ...rest, key: `k${n}` }],
      ),
    );
    const { anomalies } = linearizable({ model: "register" }).check(history(...lines.flat()));
    expect(anomalies.map(({ drawing }) => drawing !== undefined)).to.deep.equal([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(anomalies[0]?.message).to.match(/^key "k7"/);
  });
});
