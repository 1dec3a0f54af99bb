import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { SuiteRecord } from "../report/suite-record.ts";
import { claimedSlots, slotOwner } from "../runtime/slot.ts";
import { Cli } from "./testing/cli-process.ts";

const folder = "harness/cli/testing/suite";

describe("faultline run, as a suite", () => {
  let reports: string;
  const started: Cli[] = [];
  beforeEach(() => {
    reports = mkdtempSync(join(tmpdir(), "cli-suite-test-"));
  });
  afterEach(() => {
    for (const { process } of started.splice(0)) process.kill("SIGKILL");
    rmSync(reports, { recursive: true });
  });

  function faultline(args: readonly string[], env: Readonly<Record<string, string>> = {}): Cli {
    const cli = new Cli([...args, "--reports", reports], env);
    started.push(cli);
    return cli;
  }

  function suiteFolder(): string {
    const name = readdirSync(reports).find((one) => one.endsWith("-suite"));
    if (name === undefined) throw new Error(`no suite in ${readdirSync(reports).join(", ")}`);
    return join(reports, name);
  }
  const recordOf = () => JSON.parse(readFileSync(join(suiteFolder(), "suite.json"), "utf8")) as SuiteRecord;

  it("runs all, exits as the worst, and leaves an index with working links; the failed one can be run again", async () => {
    const summary = join(reports, "job-summary.md");
    const cli = faultline(["run", folder, "--seed", "7"], { GITHUB_STEP_SUMMARY: summary });
    const { code, output } = await cli.end();
    expect(code, output).to.equal(1);
    expect(output).to.match(/\[1\/2\] FAILED suite\/killed-redis [\d.]+ s, RTO /);
    expect(output).to.match(/\[2\/2\] PASSED suite\/paused-redis /);
    expect(output).to.contain("1 passed, 1 failed");

    const { rows, seed, endedBy } = recordOf();
    expect({ seed, endedBy }).to.deep.equal({ seed: 7, endedBy: undefined });
    expect(rows.map(({ outcome }) => outcome)).to.deep.equal(["failed", "passed"]);
    const page = readFileSync(join(suiteFolder(), "index.html"), "utf8");
    const links = [...page.matchAll(/href="(\.\.\/[^"]+)"/g)].map(([, link = ""]) =>
      join(suiteFolder(), link),
    );
    expect(links).to.have.length(2);
    for (const link of links) expect(readFileSync(link, "utf8")).to.contain("Faultline run report");
    expect(readFileSync(join(suiteFolder(), "junit.xml"), "utf8").match(/<testsuite /g)).to.have.length(2);
    expect(readFileSync(summary, "utf8")).to.contain("✕ 1 failed, 1 passed");

    const plan = await faultline(["plan", "--last-failed"]).end();
    expect(plan.output)
      .to.match(/suite\/killed-redis .*by 1 earlier run/)
      .and.to.contain("1 run on 1 topology");
  });

  it("interrupted, heals, writes what there is, and exits with 130", async () => {
    const cli = faultline(["run", folder]);
    await cli.says("suite/killed-redis");
    cli.process.kill("SIGINT");
    const { code, output } = await cli.end();
    expect(code, output).to.equal(130);
    expect(output).to.contain("ended early: interrupted");
    const { rows, endedBy } = recordOf();
    expect(endedBy).to.equal("interrupted");
    expect(rows.map(({ outcome }) => outcome)).to.deep.equal(["inconclusive", "not run"]);
    const own = claimedSlots().filter((slot) => slotOwner(slot)?.runner.pid === cli.process.pid);
    expect(own).to.deep.equal([]);
  });

  for (const [what, args, message] of [
    ["a shard that is none", ["--shard", "3/2"], "--shard 3/2 is no part of a whole"],
    ["a broken regular expression", ["--grep", "("], "Invalid regular expression"],
    ["a last run that was none", ["--last-failed"], "no last run is known"],
    ["--keep for many", ["--keep"], "--keep is for a single run"],
  ] as const) {
    it(`exits with 2 for ${what}`, async () => {
      const { code, output } = await faultline(["run", folder, ...args]).end();
      expect(output).to.contain(message);
      expect(code).to.equal(2);
    });
  }
});
