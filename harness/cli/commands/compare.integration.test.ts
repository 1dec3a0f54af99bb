import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { writeK6Output } from "../../compare/testing/k6-output.ts";
import { Cli } from "../testing/cli-process.ts";

describe("faultline compare", function () {
  this.timeout(120_000); // each starts some processes
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "compare-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const compare = (...args: string[]) => new Cli(["compare", ...args]).end();

  /** A folder of windows whose latencies are around `middle`, in every other minute from `minute`. */
  async function side(name: string, middle: number, minute: number, { count = 8, noise = 0.02 } = {}) {
    const path = join(folder, name);
    await mkdir(path);
    for (let n = 0; n < count; n++) {
      const level = middle * (1 + noise * Math.sin(2.4 * n + minute));
      await writeK6Output(join(path, `${n}.json${n % 2 === 0 ? "" : ".gz"}`), {
        startedAt: 1_700_000_000_000 + (2 * n + minute) * 60_000,
        latencies: Array.from({ length: 30 }, (_, at) => level + at),
      });
    }
    return path;
  }

  it("exits with 0 where there is no difference, 99 at a regression, 4 where noise hides which", async () => {
    const main = await side("main", 200, 0);
    for (const [name, middle, noise, code, says] of [
      ["same", 201, 0.02, 0, /NO DIFFERENCE {2}no difference of more than 5 % in any of 5 measure\(s\)/],
      ["faster", 150, 0.02, 0, /IMPROVEMENT {2}stt_status_duration p\(50\): 2\d % faster/],
      ["slower", 240, 0.02, 99, /REGRESSION {2}stt_status_duration p\(50\): 1\d % slower/],
      ["noisy", 210, 0.4, 4, /INCONCLUSIVE {2}stt_status_duration p\(50\): too noisy: /],
    ] as const) {
      const branch = await side(name, middle, 1, { noise });
      const ended = await compare(main, branch);
      expect(ended.output).to.match(says);
      expect(ended.code, ended.output).to.equal(code);
    }
  });

  it("writes JSON on standard output, JUnit and Markdown into files", async () => {
    const [main, branch] = [await side("main", 200, 0), await side("branch", 260, 1)];
    const [junit, markdown] = [join(folder, "junit.xml"), join(folder, "comment.md")];
    const { code, output } = await compare(main, branch, "--json", "--junit", junit, "--markdown", markdown);
    expect(code, output).to.equal(99);
    const comparison = JSON.parse(output);
    expect(comparison).to.deep.include({
      verdict: "regression",
      layout: "interleaved",
      windows: { a: 8, b: 8 },
    });
    expect(await readFile(junit, "utf8")).to.include('failures="2"');
    expect(await readFile(markdown, "utf8")).to.match(/^## ✕ regression: stt\\_status\\_duration/);
  });

  it("keeps a baseline and compares a later run with it, saying that they ran apart", async () => {
    const baselines = ["--baselines", join(folder, "baselines")];
    const main = await side("main", 200, 0);
    const none = await compare(main, "--baseline", ...baselines);
    expect(none.output).to.include("no baseline for this machine").and.to.include("--save-baseline");
    expect(none.code).to.equal(2);

    const kept = await compare(main, "--save-baseline", ...baselines);
    expect(kept.code, kept.output).to.equal(0);
    expect(kept.output).to.match(/8 windows are the baseline .*-cores-\d+gib-[0-9a-f]{8}\.json/);

    const same = await compare(await side("same", 203, 100), "--baseline", ...baselines);
    expect(same.code, same.output).to.equal(0);
    expect(same.output).to.include("did not take turns").and.to.include("up to 10 % counts as the same");
    const slower = await compare(await side("slower", 270, 100), "--baseline", ...baselines);
    expect(slower.code, slower.output).to.equal(99);
  });

  it("compares what is asked for, and tolerates what it is told", async () => {
    const [main, branch] = [await side("main", 200, 0), await side("branch", 240, 1)];
    const tolerant = await compare(main, branch, "--tolerance", "30%", "--metric", "stt_status_duration");
    expect(tolerant.code, tolerant.output).to.equal(0);
    expect(tolerant.output).to.include("more than 30 % in any of 2 measure(s)");
  });

  it("with bad usage says what to do, and exits with 2", async () => {
    const main = await side("main", 200, 0, { count: 1 });
    const branch = await side("branch", 200, 1, { count: 1 });
    const broken = join(folder, "broken.json");
    await writeFile(broken, "nonsense\n");
    for (const [args, says] of [
      [[main], /compared with\?\n.*compare A B/],
      [[main, main], /A and B are the same windows/],
      [[main, join(main, "..", "main")], /A and B are the same windows/],
      [[main, broken], /broken\.json, line 1 is not of k6's JSON output/],
      [[main, join(folder, "absent")], /there are no windows at .*absent/],
      [[main, broken, "--baseline"], /one run to name/],
      [[main, "--baseline", "--save-baseline"], /at once/],
      [[main, "--save-baseline", "--json"], /compares nothing/],
      [[main, "--save-baseline", "--baselines", join(folder, "b")], /a baseline of 1 window\(s\)/],
      [[main, broken, "--tolerance", "some"], /write a share as/],
      [[main, branch, "--junit", join(folder, "no", "folder.xml")], /cannot write .*folder\.xml: ENOENT/],
    ] as const) {
      const { code, output } = await compare(...args);
      expect(output).to.match(says);
      expect(output).not.to.contain("    at ");
      expect(code, output).to.equal(2);
    }
  });
});
