import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { UsageError } from "../util/errors.ts";
import { readK6Window } from "./k6-json.ts";
import { readWindows } from "./read-windows.ts";
import { k6Lines, writeK6Output } from "./testing/k6-output.ts";

describe("k6's JSON output", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "compare-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const refusal = async (work: Promise<unknown>) => {
    const error = await work.then(() => undefined).catch((thrown) => thrown);
    expect(error).to.be.instanceOf(UsageError);
    return `${error.message} → ${error.hint}`;
  };

  for (const name of ["window.json", "window.json.gz"]) {
    it(`is a window: ${name}`, async () => {
      const path = join(folder, name);
      await writeK6Output(path, { startedAt: 1_700_000_000_000, latencies: [5, 3, 4, 8], failed: 1 });
      const window = await readK6Window(path);
      expect({ ...window, latencies: [...window.latencies], failures: [...window.failures] }).to.deep.equal({
        name,
        startedAt: 1_700_000_000_000,
        endedAt: 1_700_000_003_000,
        latencies: [["stt_status_duration", [5, 3, 4, 8]]],
        failures: [
          ["http_req_failed", { failed: 1, total: 4 }],
          ["checks", { failed: 1, total: 4 }],
        ],
        iterations: 4,
      });
    });
  }

  it("has times with nanoseconds and an offset", async () => {
    const path = join(folder, "w.json");
    const lines = k6Lines({ latencies: [5] }).map((line) =>
      line.replace("2023-11-14T22:13:20.000Z", "2023-11-15T07:13:20.732943462+09:00"),
    );
    await writeFile(path, lines.join("\n"));
    expect((await readK6Window(path)).startedAt).to.equal(1_700_000_000_732);
  });

  it("that is broken is named by line", async () => {
    const path = join(folder, "broken.json");
    const [first = "", ...rest] = k6Lines({ latencies: [5] });
    const undeclared = rest[5]?.replace("stt_status_duration", "other") ?? "";
    for (const [line, says] of [
      ["nonsense", /Unexpected token|not valid JSON/],
      ["{}", /type: Invalid/],
      ['{"type":"Point","metric":"vus","data":{"time":"soon","value":1}}', /data\.time: /],
      ['{"type":"Point","metric":"vus","data":{"time":"2023-11-14T22:13:20Z"}}', /data\.value: /],
      [undeclared, /a sample of other, which was never declared/],
    ] as const) {
      await writeFile(path, `${[first, line, ...rest].join("\n")}\n`);
      const said = await refusal(readK6Window(path));
      expect(said).to.contain(`${path}, line 2 is not of k6's JSON output`).and.to.match(says);
    }
  });

  it("that was cut off is no whole window", async () => {
    const path = join(folder, "cut.json");
    await writeFile(
      path,
      k6Lines({ latencies: [5] })
        .join("\n")
        .slice(0, -20),
    );
    expect(await refusal(readK6Window(path))).to.match(/ends within line \d+ → .* cut off/);
    const packed = join(folder, "cut.gz");
    await writeK6Output(packed, { latencies: [5, 6] });
    await writeFile(packed, (await readFile(packed)).subarray(0, -12));
    expect(await refusal(readK6Window(packed))).to.match(/cannot read .*cut\.gz: unexpected end of file/);
  });

  it("without load is no window", async () => {
    const path = join(folder, "idle.json");
    await writeK6Output(path, { latencies: [] });
    expect(await refusal(readK6Window(path))).to.contain(`${path} has no samples`);
    await writeFile(path, "");
    expect(await refusal(readK6Window(path))).to.contain(`${path} has no samples`);
  });

  it("is one window a file, and several a folder", async () => {
    await writeK6Output(join(folder, "2.json.gz"), { latencies: [5] });
    await writeK6Output(join(folder, "1.json"), { latencies: [4] });
    await writeFile(join(folder, "notes.md"), "no window");
    expect((await readWindows(folder)).map(({ name }) => name)).to.deep.equal(["1.json", "2.json.gz"]);
    expect(await readWindows(join(folder, "1.json"))).to.have.length(1);
  });

  it("that is not there is said, with what to name", async () => {
    expect(await refusal(readWindows(folder))).to.match(/no window in .* → a window is a \.json/);
    expect(await refusal(readWindows(join(folder, "absent")))).to.match(/no windows at .*absent: ENOENT/);
  });
});
