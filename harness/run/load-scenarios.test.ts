import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { UsageError } from "../util/errors.ts";
import { loadScenarios } from "./load-scenarios.ts";
import { nameOf } from "./scenario-name.ts";

describe("loading scenarios", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "load-test-"));
    mkdirSync(join(folder, "ha"));
    writeFileSync(
      join(folder, "ha", "good.scenario.ts"),
      'export default { kind: "scenario", title: "good" };',
    );
    writeFileSync(join(folder, "other.ts"), "export default 1;");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const failureOf = (...patterns: string[]) => loadScenarios(patterns).catch((error: unknown) => error);

  it("finds those of a folder, and no other files", async () => {
    const loaded = await loadScenarios([folder]);
    expect(loaded.map(({ scenario }) => scenario.title)).to.deep.equal(["good"]);
  });

  for (const family of ["mutants", "clients"]) {
    it(`leaves ${family} out unless they are asked for`, async () => {
      const apart = join(folder, family);
      mkdirSync(apart);
      writeFileSync(join(apart, "bad.scenario.ts"), 'export default { kind: "scenario", title: "bad" };');
      const titles = async (pattern: string) =>
        (await loadScenarios([pattern])).map(({ scenario }) => scenario.title);
      expect(await titles(folder)).to.deep.equal(["good"]);
      expect(await titles(apart)).to.deep.equal(["bad"]);
      expect(await titles(join(apart, "bad.scenario.ts"))).to.deep.equal(["bad"]);
    });
  }

  it("knows the variants of a file by their names", async () => {
    const file = join(folder, "ha", "many.scenario.ts");
    const scenarios = '{ a: { kind: "scenario", title: "by a" }, ab: { kind: "scenario", title: "by ab" } }';
    writeFileSync(file, `export default { kind: "variants", scenarios: ${scenarios} };`);
    const namesOf = async (...patterns: string[]) =>
      (await loadScenarios(patterns)).map(({ file: name, scenario }) => [
        name.slice(name.lastIndexOf("/")),
        scenario.title,
      ]);
    const [a, ab] = [
      ["/many.scenario.ts#a", "by a"],
      ["/many.scenario.ts#ab", "by ab"],
    ];
    expect(await namesOf(file)).to.deep.equal([a, ab]);
    expect(await namesOf(`${file}#a`, file)).to.deep.equal([a, ab]);
    expect(await namesOf(`${file}#ab`)).to.deep.equal([ab]);
    expect(await namesOf(`${folder}#a`)).to.deep.equal([a]);
    const [one] = await loadScenarios([`${file}#ab`]);
    expect(await loadScenarios([one?.file ?? ""]), "its name finds it again").to.deep.equal([one]);
    expect(((await failureOf(`${file}#b`)) as Error).message).to.contain('many.scenario.ts#b"');
    expect(nameOf(one?.file ?? "")).to.equal("many-ab");
  });

  it("names one scenario once, however often patterns match it", async () => {
    const file = join(folder, "ha", "good.scenario.ts");
    expect(await loadScenarios([file, folder, join(folder, "*", "*.scenario.ts")])).to.have.lengthOf(1);
  });

  it("names a pattern that matches nothing", async () => {
    const failure = await failureOf("no-such-scenario");
    expect(failure).to.be.instanceOf(UsageError);
    expect((failure as Error).message).to.equal('no scenario matches "no-such-scenario"');
  });

  it("names a file that does not load, and why", async () => {
    const file = join(folder, "ha", "broken.scenario.ts");
    writeFileSync(file, 'import { nothing } from "./nowhere.ts"; export default nothing;');
    expect(((await failureOf(file)) as Error).message).to.match(
      /broken\.scenario\.ts does not load: .*nowhere/,
    );
  });

  it("names a file that exports no scenario", async () => {
    const file = join(folder, "ha", "empty.scenario.ts");
    writeFileSync(file, "export const a = 1;");
    expect(((await failureOf(file)) as Error).message).to.match(/empty\.scenario\.ts exports no scenario/);
  });
});
