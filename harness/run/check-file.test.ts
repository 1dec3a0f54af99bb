import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { log } from "../checkers/log.ts";
import { history, type Line } from "../checkers/testing/lines.ts";
import { transcription } from "../checkers/transcription.ts";
import type { Checker } from "../checkers/verdict.ts";
import { UsageError } from "../util/errors.ts";
import { checkFile } from "./check-file.ts";

/** Values from 0, each acknowledged at its own offset, and a poll that leaves one of them out. */
function lossy(count: number, lost: number): Line[] {
  const values = Array.from({ length: count }, (_, n) => n);
  const sends = values.flatMap((value): Line[] => [
    ["invoke", 0, "send", { value }],
    ["ok", 0, "send", { value: { key: "t-0", offset: value, value } }],
  ]);
  const records = values.filter((value) => value !== lost).map((value) => [value, value]);
  return [...sends, ["invoke", 1, "poll"], ["ok", 1, "poll", { value: { "t-0": records } }]];
}

describe("checking a file", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "check-file-"));
    path = join(folder, "history.ndjson");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(events: readonly object[], tail = ""): void {
    writeFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join("") + tail);
  }

  it("says what the checker says of the events, with the same witnesses", async () => {
    const events = history(...lossy(5_000, 3_210));
    write(events);
    const { result } = await checkFile(path, log());
    expect(result).to.deep.equal(log().check(events));
    expect(result.anomalies[0]?.witnesses.map(({ index }) => index)).to.deep.equal([6_421, 10_001]);
  });

  it("names the line that breaks the rules, whether the checker streams or not", async () => {
    const events = history(...lossy(10, 3));
    const twice = events.toSpliced(7, 0, ...events.slice(6, 7));
    for (const checker of [log(), transcription()]) {
      write(twice);
      const error = await checkFile(path, checker).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(UsageError);
      expect((error as UsageError).message).to.contain(
        "line 8: event 6 (invoke send) breaks the history format",
      );
      write(events.slice(0, 4), "nonsense\n{}\n");
      expect(await checkFile(path, checker).catch(String)).to.contain("line 5 is not an event");
    }
  });

  it("leaves a torn last line out, and says so", async () => {
    write(history(...lossy(10, 3)), '{"index":99');
    const { result, notices } = await checkFile(path, log());
    expect(result.verdict).to.equal("failed");
    expect(notices).to.deep.equal(["the last line (23) is torn, as after a crash; it was left out"]);
  });

  it("past the budget is inconclusive, with what was spent", async () => {
    write(history(...lossy(10, 3)));
    for (const checker of [log(), transcription()]) {
      const { result } = await checkFile(path, checker, { memoryBytes: 1 });
      expect(result.verdict).to.equal("inconclusive");
      expect(result.reason).to.match(/gave up after .*used \d+ MiB of memory, its budget is 0 MiB/);
    }
  });

  it("is inconclusive when the checker breaks", async () => {
    write(history(...lossy(10, 3)));
    const oops = () => {
      throw new TypeError("oops");
    };
    const held: Checker = { name: "held", check: oops };
    const streaming: Checker = { name: "streaming", check: oops, stream: () => ({ add: oops, end: oops }) };
    for (const checker of [held, streaming])
      expect((await checkFile(path, checker)).result).to.deep.include({
        verdict: "inconclusive",
        reason: "the checker broke: oops",
      });
  });
});
