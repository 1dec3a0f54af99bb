import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect } from "chai";
import { LastRun } from "../run/last-run.ts";
import { UsageError } from "../util/errors.ts";
import { chooseRuns, type RepeatedOptions, suiteCommand } from "./suite-options.ts";

describe("the options of a suite", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "suite-options-test-"));
    mkdirSync(join(folder, "mutants"));
    for (const [name, more] of [
      ["short", ""],
      ["long", ', suite: "nightly"'],
      ["mutants/broken", ""],
    ]) {
      const code = `export default { kind: "scenario", title: "${name}", topology: { key: "k" }${more} };`;
      writeFileSync(join(folder, `${name}.scenario.ts`), code);
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const options = () => ({ repeatEach: 1, reports: join(folder, "reports") });
  const titles = async (patterns: string[], more: object = {}) =>
    (await chooseRuns(patterns, { ...options(), ...more }, 7)).map(({ scenario }) => scenario.title);

  it("choose all that patterns name, unless a suite is asked for", async () => {
    expect(await titles([folder])).to.deep.equal(["long", "short"]);
    expect(await titles([folder], { suite: "default" })).to.deep.equal(["short"]);
    expect(await titles([folder], { suite: "nightly" })).to.deep.equal(["long"]);
  });

  it("are a usage error when they leave nothing", async () => {
    const failure = await titles([folder], { grep: /nothing/ }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(UsageError);
    expect((failure as Error).message).to.contain("no scenario is left");
  });

  it("find what failed last wherever it is, a mutant too; nothing when nothing failed", async () => {
    const { reports } = options();
    const file = relative(process.cwd(), join(folder, "mutants", "broken.scenario.ts"));
    const lastRun = new LastRun(reports, [file]);
    lastRun.note(file, true);
    expect(await titles([], { lastFailed: true })).to.deep.equal(["mutants/broken"]);
    lastRun.note(file, true);
    new LastRun(reports, [file]).note(file, false);
    expect(await titles([], { lastFailed: true })).to.deep.equal([]);
  });

  it("become the command that runs the same again", async () => {
    const repeated: RepeatedOptions = { repeatEach: 1, reports: "reports", network: "proxy", workers: 1 };
    expect(suiteCommand(["ha"], repeated, [], 7)).to.equal("./faultline run ha --seed 7");
    const full: RepeatedOptions = {
      ...repeated,
      ...{ suite: "all", grep: /it's|b/, grepInvert: /c/, repeatEach: 2, shard: { index: 1, count: 3 } },
      ...{ network: "netns", workers: 2, reports: "a b" },
    };
    expect(suiteCommand([], full, [], 7)).to.equal(
      "./faultline run --seed 7 --suite all --grep 'it'\\''s|b' --grep-invert c --repeat-each 2 --shard 1/3 --network netns --workers 2 --reports 'a b'",
    );
    const runs = await chooseRuns([folder], { ...options(), repeatEach: 2 }, 7);
    const [file] = runs.map((run) => run.file);
    expect(suiteCommand([], { ...repeated, lastFailed: true }, runs.slice(0, 2), 7)).to.equal(
      `./faultline run ${file} --seed 7`,
    );
  });
});
