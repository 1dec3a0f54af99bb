import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { UsageError } from "../util/errors.ts";
import { loadScenarios } from "./load-scenarios.ts";

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

  it("leaves mutants out unless they are asked for", async () => {
    const mutants = join(folder, "mutants");
    mkdirSync(mutants);
    writeFileSync(join(mutants, "bad.scenario.ts"), 'export default { kind: "scenario", title: "bad" };');
    const titles = async (pattern: string) =>
      (await loadScenarios([pattern])).map(({ scenario }) => scenario.title);
    expect(await titles(folder)).to.deep.equal(["good"]);
    expect(await titles(mutants)).to.deep.equal(["bad"]);
    expect(await titles(join(mutants, "bad.scenario.ts"))).to.deep.equal(["bad"]);
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
