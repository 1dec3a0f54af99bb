import { expect } from "chai";
import manifest from "../../package.json" with { type: "json" };
import { describeCheckers } from "../checkers/registry.ts";
import { loadScenarios } from "../run/load-scenarios.ts";
import { exitCodes } from "../util/errors.ts";
import { commandIn, commandsInHelp, commandsOn, complaint, tableGaps } from "./testing/docs/commands.ts";
import { anchorsOf, brokenLinks, missingPaths } from "./testing/docs/links.ts";
import { blocksOf, type Page, readPages } from "./testing/docs/pages.ts";

/** A changelog tells of what there was. */
const pages = readPages().filter(({ path }) => path !== "CHANGELOG.md");
const page = (path: string): Page => {
  const found = pages.find((one) => one.path === path);
  if (found === undefined) throw new Error(`there is no page ${path}`);
  return found;
};

/** The reader of docs/write-a-scenario.md makes it. */
const tutorial = "scenarios/ha/my-first.scenario.ts";

describe("the documentation", () => {
  let scenarios: readonly string[];
  before(async function () {
    this.timeout(60_000); // every scenario is loaded
    const loaded = await loadScenarios(["scenarios", "mutants", "clients"]);
    scenarios = [...loaded.map(({ file }) => file), tutorial];
  });

  it("tells commands that can be typed as they stand", async () => {
    const told = [...pages.flatMap(commandsOn), ...commandsInHelp()];
    expect(told.length, "commands told").to.be.above(80);
    const complaints = await Promise.all(
      told.map(async ({ where, line }) => {
        const why = await complaint(line, scenarios);
        return why === undefined ? [] : [`${where}: ${line}: ${why}`];
      }),
    );
    expect(complaints.flat()).to.deep.equal([]);
  });

  it("tells commands of a clone: faultline is on nobody's PATH", () => {
    const bare = pages.flatMap((one) =>
      blocksOf(one).flatMap(({ text, line }) =>
        /^\s*(?:[A-Z_]+=\S* )*faultline /m.test(text) ? [`${one.path}:${line}`] : [],
      ),
    );
    expect(bare).to.deep.equal([]);
  });

  it("tells each command and each of its options in docs/cli.md, and no other", () => {
    const cli = page("docs/cli.md");
    const suites = cli.text.slice(cli.text.indexOf("\n## Suites"), cli.text.indexOf("\n## Check"));
    expect(tableGaps(cli, { run: suites, plan: suites })).to.deep.equal([]);
  });

  it("tells npm scripts that there are", () => {
    const told = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)].map(([, script = ""]) => ({ path, script })),
    );
    expect(told).to.have.length.above(15);
    expect(told.filter(({ script }) => !Object.hasOwn(manifest.scripts, script))).to.deep.equal([]);
  });

  it("tells each exit code in docs/cli.md", () => {
    const { text } = page("docs/cli.md");
    const section = text.slice(text.indexOf("\n## Exit codes"), text.indexOf("\n## Environment"));
    const told = [...section.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(told).to.deep.equal(Object.values(exitCodes));
  });

  it("tells each checker that --checker knows in docs/checkers.md", () => {
    const { text } = page("docs/checkers.md");
    const untold = describeCheckers()
      .map(([name]) => name)
      .filter((name) => !text.includes(`\n| [${name}](#`) && !text.includes(`\`--checker ${name}\`)`));
    expect(untold).to.deep.equal([]);
  });

  it("has links that lead somewhere", () => {
    expect(readPages().flatMap(brokenLinks)).to.deep.equal([]);
  });

  it("names files that are there", () => {
    expect(pages.flatMap((one) => missingPaths(one, [tutorial]))).to.deep.equal([]);
  });

  describe("a page that is wrong", () => {
    const wrong = (text: string): Page => ({ path: "docs/wrong.md", text });

    it("is found by its links", () => {
      const links = wrong(
        "[a](cli.md#suites) [b](gone.md) [c](cli.md#gone) [d](#here) [e](https://a.b)\n\n## There\n",
      );
      expect(brokenLinks(links)).to.deep.equal([
        "docs/wrong.md: there is no gone.md",
        "docs/wrong.md: docs/cli.md has no heading gone",
        "docs/wrong.md: docs/wrong.md has no heading here",
      ]);
    });

    it("is found by the files that it names", () => {
      const paths = wrong(
        "`harness/cli/` `harness/cli/gone.ts`\n`k6/x/kafka` `system/<name>.ts` `scenarios/made.ts`\n",
      );
      expect(missingPaths(paths, ["scenarios/made.ts"])).to.deep.equal([
        "docs/wrong.md:1: there is no harness/cli/gone.ts",
      ]);
    });

    for (const [line, why] of [
      ["faultline walk", "unknown command"],
      ["faultline run --sed 7", "unknown option"],
      ["faultline run --network tunnel", "Allowed choices"],
      ["faultline hunt --budget soon", "argument 'soon' is invalid"],
      ["faultline report", "missing required argument"],
      ["faultline load --compare http://new --json", "cannot be used with"],
      ["faultline run ha/gone", "no scenario ha/gone"],
      ["faultline load gone", "no scenario load/gone"],
      ["faultline run scenarios/clients/leader-killed.scenario.ts#nobody", "no scenario"],
    ] as const) {
      it(`is found by ${line}`, async () => expect(await complaint(line, scenarios)).to.include(why));
    }

    it("is found by the table of commands", () => {
      const rows = faultlineRows("| `faultline report <run>` | writes a report; `--colour` |");
      expect(rows).to.include.members([
        "run has no row",
        "report has no option --colour",
        "nothing says that report has --reports <folder>",
      ]);
    });

    const faultlineRows = (text: string) => tableGaps(wrong(text), {});
  });

  describe("is read", () => {
    it("as blocks with their lines, and text beside them", () => {
      const text =
        "a\n\n```sh\n./faultline run --keep # `not` prose\n```\n\n`faultline list` and `faultline <name>`\n";
      expect(blocksOf({ text })).to.deep.equal([
        { language: "sh", line: 4, text: "./faultline run --keep # `not` prose\n" },
      ]);
      expect(commandsOn({ path: "p.md", text })).to.deep.equal([
        { where: "p.md:4", line: "faultline run --keep" },
        { where: "p.md:7", line: "faultline list --help" },
      ]);
    });

    for (const [text, line] of [
      ["./faultline up --prometheus                    # prints an address", "faultline up --prometheus"],
      ['TOKEN=... faultline load --threshold "a b<1"', 'faultline load --threshold "a b<1"'],
      ["zcat a.gz | faultline check - --checker mutex", "faultline check - --checker mutex"],
      ["- run: ./faultline load smoke          # 99: slow", "faultline load smoke"],
      ["./faultline run a; echo $?", "faultline run a"],
      ["./faultline list --markdown > a.md", "faultline list --markdown"],
      ["  faultline up    starts it", "faultline up"],
      ["git clone x faultline && cd faultline", undefined],
      ["npm start", undefined],
    ] as const) {
      it(`as a shell would: ${text}`, () => expect(commandIn(text)).to.equal(line));
    }

    it("with the anchors that GitHub gives its headings", () => {
      expect([...anchorsOf("# A `b` (c), d-e\n```\n# no\n```\n## [f g](h.md)\n")]).to.deep.equal([
        "a-b-c-d-e",
        "f-g",
      ]);
    });
  });
});
