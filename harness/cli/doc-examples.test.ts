import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect } from "chai";
import ts from "typescript";
import { blocksOf, codeOf, type Page, readPages, root } from "./testing/docs/pages.ts";

/** An example of a page as a file of TypeScript, where it would lie. */
interface Example {
  /** Page and line. */
  readonly where: string;
  /** From the root; there is no such file on the disk. */
  readonly path: string;
  readonly text: string;
  /** Whether it may leave out what it does not speak of: `kafkaLog({ onlyForward: false })`. */
  readonly brief: boolean;
}

/** Of these, examples may use every function and constant without an import. */
const folders = ["harness/faults", "harness/checkers", "harness/workload", "harness/topology", "harness/run"];
const sources = [...folders.map((folder) => `${folder}/*.ts`), "scenarios/common.ts", "system/contract/*.ts"];

/** Where a page's names are looked for first: faults and checkers have a `latency` each. */
const speaksOf: Readonly<Record<string, string>> = { "docs/checkers.md": "harness/checkers" };

/**
 * The fenced TypeScript of a page. A first line `// path` says where it belongs; otherwise it is a scenario of `scenarios/ha`. What
 * begins with a property is a part of a scenario.
 */
const blockExamples = (page: Page): Example[] =>
  blocksOf(page)
    .filter(({ language }) => language === "ts")
    .map(({ text, line }) => {
      const folder = dirname(/^\/\/ (\S+\.ts)\n/.exec(text)?.[1] ?? "scenarios/ha/example.ts");
      const whole = /^\w+: /.test(text) ? partOfScenario(text) : text;
      return exampleOf(page, line, folder, whole, false);
    });

const partOfScenario = (text: string): string => `const anyScenario = {
  title: "", topology: quickStt(), workload: transcriptions({ rate: 1 }), faults: [], checks: [],
};
export default scenario({
...anyScenario,
${text}});
`;

/**
 * The calls in a page's text, `leak({ metric: "open_files" })`, of which every name is known; what has a name for an argument
 * (`leaderOf(topic)`) or leaves out some (`mixed([...])`) says what goes there, and is none.
 */
const inlineExamples = (page: Page): Example[] =>
  codeOf(page).flatMap(({ code, line }, index) => {
    if (!/^[a-z]\w*\(.*\)$/i.test(code) || code.includes("...")) return [];
    const text = `export const example${index} = ${code};\n`;
    const { used } = namesIn(text);
    if ([...used].some((name) => name !== `example${index}` && sourceOf(name, page) === undefined)) return [];
    return [exampleOf(page, line, "scenarios/ha", text, true, index)];
  });

function exampleOf(
  page: Page,
  line: number,
  folder: string,
  text: string,
  brief: boolean,
  index = 0,
): Example {
  const path = `${folder}/${page.path.replaceAll(/\W/g, "-")}-${line}-${index}.ts`;
  const { used, declared } = namesIn(text);
  const imports = [...used].flatMap((name) => {
    const source = declared.has(name) ? undefined : sourceOf(name, page);
    if (source === undefined) return [];
    const from = relative(dirname(path), source);
    return `import { ${name} } from "${from.startsWith(".") ? from : `./${from}`}";\n`;
  });
  return { where: `${page.path}:${line}`, path, text: `${text}${imports.join("")}`, brief };
}

/** The names that a text uses for what it does not have itself, and those that it declares or imports. */
function namesIn(text: string): { used: ReadonlySet<string>; declared: ReadonlySet<string> } {
  const used = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    const isName =
      (ts.isPropertyAssignment(node.parent) || ts.isPropertyAccessExpression(node.parent)) &&
      node.parent.name === node;
    if (ts.isIdentifier(node) && !isName) used.add(node.text);
    if ((ts.isImportSpecifier(node) || ts.isImportClause(node)) && node.name) declared.add(node.name.text);
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) declared.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(ts.createSourceFile("example.ts", text, ts.ScriptTarget.Latest, true), visit);
  return { used, declared };
}

/** Files by the name of each function and constant that they export. */
function readExports(): ReadonlyMap<string, readonly string[]> {
  const files = globSync(sources, { cwd: root, exclude: ["**/*.test.ts"] });
  const pairs = files.flatMap((path) => {
    const text = readFileSync(join(root, path), "utf8");
    const names = text.matchAll(/^export (?:async )?(?:function|const) (\w+)/gm);
    return [...names].map(([, name = ""]) => ({ name, path }));
  });
  return new Map(
    [...Map.groupBy(pairs, ({ name }) => name)].map(([name, of]) => [name, of.map(({ path }) => path)]),
  );
}

const exported = readExports();

/** The file that exports a name, by preference one of what the page speaks of. */
function sourceOf(name: string, { path }: Page): string | undefined {
  const found = exported.get(name) ?? [];
  return found.find((source) => source.startsWith(speaksOf[path] ?? "harness/faults/")) ?? found[0];
}

/** What a brief example may be told. */
const leftOut = /is missing in type|is missing the following properties/;

/** What the compiler says of examples, by the project's own settings, all in one program. */
function diagnose(examples: readonly Example[]): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const noFiles = { ...ts.sys, readDirectory: () => [] };
  const options = { ...ts.parseJsonConfigFileContent(config, noFiles, root).options, types: ["node"] };
  const made = new Map(examples.map((example) => [join(root, example.path), example]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => made.has(path) || fileExists(path);
  host.readFile = (path) => made.get(path)?.text ?? readFile(path);
  const program = ts.createProgram([...made.keys()], options, host);
  return [...made].flatMap(([path, { where, text, brief }]) => {
    const file = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.flatMap(({ start = 0, messageText }) => {
      const message = ts.flattenDiagnosticMessageText(messageText, " ");
      const line = text.split("\n")[text.slice(0, start).split("\n").length - 1] ?? "";
      return brief && leftOut.test(message) ? [] : [`${where}: ${line.trim()}: ${message}`];
    });
  });
}

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
