import { expect } from "chai";
import { blockExamples, diagnose, type Example, inlineExamples } from "./testing/docs/examples.ts";
import { type Page, readPages } from "./testing/docs/pages.ts";

const examplesOn = (page: Page): Example[] => [...blockExamples(page), ...inlineExamples(page)];

describe("the examples of the documentation", () => {
  const examples = readPages().flatMap(examplesOn);
  const wrong = examplesOn({
    path: "docs/wrong.md",
    text: [
      ...["```ts", 'faults: [at(4, kill(node(7))).for("5s")],', "```"],
      ...["```ts", "// scenarios/lock/gone.ts", 'import { gone } from "./gone.ts";', "gone();", "```"],
      ...["`stt({ promtheus: true })`, `kafkaLog({ onlyForward: 1 })`", ""],
    ].join("\n"),
  });
  const brief = examplesOn({
    path: "docs/checkers.md",
    text: '`leaderOf(topic)`, `mixed([...])`, `kafkaLog({ onlyForward: false })`, `latency({ p95: "1s" })`\n',
  });
  let complaints: readonly string[];

  before(function () {
    this.timeout(60_000); // the compiler reads a large part of the project, once, in some seconds
    complaints = diagnose([...examples, ...wrong, ...brief]);
  });

  it("compile", () => {
    expect(examples.filter((one) => !one.brief).length, "blocks").to.be.at.least(5);
    expect(examples.filter((one) => one.brief).length, "calls in running text").to.be.at.least(30);
    expect(complaints.filter((text) => !text.startsWith("docs/wrong.md"))).to.deep.equal([]);
  });

  it("are found when they do not", () => {
    const found = complaints.filter((text) => text.startsWith("docs/wrong.md")).join("\n");
    expect(found).to.match(/wrong\.md:2: .*'number' is not assignable to parameter of type 'string'/);
    expect(found).to.match(/wrong\.md:5: .*Cannot find module '\.\/gone\.ts'/);
    expect(found).to.match(/wrong\.md:9: .*'promtheus' does not exist/);
    expect(found).to.match(/wrong\.md:9: .*'number' is not assignable to type 'boolean'/);
  });

  it("may say what goes where, and leave out what they do not speak of", () => {
    expect(brief.map(({ text }) => text.split("\n")[0])).to.deep.equal([
      "export const example2 = kafkaLog({ onlyForward: false });",
      'export const example3 = latency({ p95: "1s" });',
    ]);
  });
});
