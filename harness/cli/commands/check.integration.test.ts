import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { history, type Line } from "../../checkers/testing/lines.ts";
import { storeRun, writeHistory } from "../../run/testing/stored-run.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

/** A value that is lost, or not. */
const lines = (lost: boolean): Line[] => [
  ["invoke", 0, "send", { value: "a" }],
  ["ok", 0, "send", { value: { key: "t-0", offset: 0, value: "a" } }],
  ["invoke", 0, "send", { value: "b" }],
  ["ok", 0, "send", { value: { key: "t-0", offset: 1, value: "b" } }],
  ["invoke", 1, "poll"],
  [
    "ok",
    1,
    "poll",
    {
      value: {
        "t-0": lost
          ? [[1, "b"]]
          : [
              [0, "a"],
              [1, "b"],
            ],
      },
    },
  ],
];
const ndjson = (lost: boolean) =>
  history(...lines(lost))
    .map((event) => `${JSON.stringify(event)}\n`)
    .join("");

describe("faultline check", function () {
  this.timeout(60_000); // each starts two processes
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "check-"));
    file = join(folder, "history.ndjson");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function check(args: readonly string[], input = "") {
    const child = spawn(process.execPath, [main, "check", ...args], {
      env: { ...process.env, NO_COLOR: "1" },
    });
    child.stdin.end(input);
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    return { code: child.exitCode, err, verdict: out === "" ? undefined : JSON.parse(out) };
  }

  it("says valid and exits with 0, not valid and exits with 1, with witnesses", async () => {
    writeFileSync(file, ndjson(false));
    const good = await check([file, "--checker", "log"]);
    expect(good.code, good.err).to.equal(0);
    expect(good.verdict).to.deep.include({ valid: true, checker: "log", anomalies: [] });
    expect(good.verdict.counts).to.deep.include({ acknowledged: 2 });
    expect(good.err).to.match(/^PASSED {2}log: all 2 acknowledged/);

    writeFileSync(file, ndjson(true));
    const bad = await check([file, "--checker", "log"]);
    expect(bad.code, bad.err).to.equal(1);
    expect(bad.verdict.valid).to.equal(false);
    const [{ type, witnesses }] = bad.verdict.anomalies;
    expect(type).to.equal("lost-write");
    expect(witnesses).to.deep.equal([1, 5].map((index) => history(...lines(true))[index]));
    expect(bad.err).to.match(/^FAILED {2}log: 1 lost-write/);
  });

  it("reads standard input", async () => {
    const { code, verdict } = await check(["-", "--checker", "log"], ndjson(true));
    expect(verdict.valid).to.equal(false);
    expect(code).to.equal(1);
  });

  it("past a budget of memory or of time says unknown, with what was spent, and exits with 4", async () => {
    writeFileSync(file, ndjson(true));
    for (const [option, spent] of [
      [["--memory", "1MiB"], /used \d+ MiB of memory, its budget is 1 MiB/],
      [["--time", "0ms"], /spent \d+ ms, its budget is 0 ms/],
    ] as const) {
      const { code, verdict, err } = await check([file, "--checker", "log", ...option]);
      expect(verdict.valid).to.equal("unknown");
      expect(verdict.reason).to.match(spent);
      expect(code, err).to.equal(4);
    }
  });

  it("names what is malformed by line, and exits with 2", async () => {
    const [first = "", ...rest] = ndjson(false).split(/(?<=\n)/);
    for (const broken of [`${first}nonsense\n`, `${first}${first}`, `${first}{"index":1}\n`]) {
      writeFileSync(file, broken + rest.join(""));
      const { code, verdict, err } = await check([file, "--checker", "log"]);
      expect(err).to.contain(`${file}, line 2`);
      expect(err).not.to.contain("    at ");
      expect(verdict).to.equal(undefined);
      expect(code).to.equal(2);
    }
  });

  it("with bad usage says what there is, and exits with 2", async () => {
    writeFileSync(file, ndjson(false));
    for (const [args, says] of [
      [[file], /which checker\?\n.*--checker log/],
      [[file, "--checker", "logs"], /no checker "logs"\n.*log, /],
      [[file, "--checker", "log", "--model", "x"], /has no models/],
      [[file, "--model", "x"], /--model needs a --checker/],
      [[join(folder, "absent"), "--checker", "log"], /no history and no run/],
      [[file, "--checker", "log", "--time", "soon"], /not a duration/],
      [[file, "--checker", "log", "--memory", "2GB"], /write a size as/],
    ] as const) {
      const { code, err } = await check(args);
      expect(err).to.match(says);
      expect(code, err).to.equal(2);
    }
  });

  it("judges a stored run again, by its folder or name, and says whether the verdict is the same", async () => {
    const run = await storeRun(folder);
    const again = await check(["stored", "--reports", join(folder, "reports")]);
    expect(again.code, again.err).to.equal(0);
    expect(again.verdict).to.deep.include({ valid: true, verdict: "passed", recorded: "passed", same: true });
    expect(again.err).to.contain("the same verdict as recorded");

    const one = await check([run.folder, "--checker", "transcription"]);
    expect(one.code, one.err).to.equal(0);
    expect(one.verdict).to.deep.include({ valid: true, checker: "transcription" });

    writeHistory(
      run.folder,
      run.events.filter(({ f }) => f !== "upstream"),
    );
    const without = await check([run.folder]);
    expect(without.code, without.err).to.equal(4);
    expect(without.verdict).to.deep.include({ valid: "unknown", same: false });
    expect(without.err).to.contain("the verdict was passed, and is inconclusive");
  });

  it("ends a check that does not ask its budget, and one that fills the heap before it does", async () => {
    const run = await storeRun(folder);
    const endless = `await new Promise((resolve) => setInterval(() => {}, 1_000));`;
    const greedy = "const all = []; for (;;) all.push({ all: [all.length] });";
    for (const [scenario, spent] of [
      [endless, /spent 0 ms and more, and did not end by itself/],
      [greedy, /used more memory than it may, and was ended/],
    ] as const) {
      writeFileSync(join(folder, "stored.scenario.ts"), `${scenario}\nexport {};\n`);
      const budget = scenario === endless ? ["--time", "0ms"] : ["--memory", "1MiB"];
      const { code, verdict, err } = await check([run.folder, ...budget]);
      expect(verdict?.valid, err).to.equal("unknown");
      expect(verdict.reasons[0]).to.match(spent);
      expect(code).to.equal(4);
    }
  });
});
