import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ownK6Thresholds } from "../../checkers/k6-thresholds.ts";
import { readOwnThresholds } from "./own-thresholds.ts";

describe("thresholds that k6 judged itself", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "own-thresholds-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("are those of its summary: true says there that one was crossed", async () => {
    const path = join(folder, "summary.json");
    const metrics = {
      stt_status_duration: {
        ...{ avg: 20, "p(95)": 412.5 },
        thresholds: { "p(95)<300": true, "avg<100": false },
      },
      stt_failed: { passes: 1, fails: 9, value: 0.1, thresholds: { "rate<0.5": false } },
      dropped_iterations: { count: 3, rate: 0.2, thresholds: { "count<=2": true } },
      vus: { value: 1 },
    };
    writeFileSync(path, JSON.stringify({ root_group: {}, metrics }));
    const judged = ownK6Thresholds(await readOwnThresholds(path, 5e9));
    expect(
      judged.map(({ metric, bound, actual, verdict }) => [metric, bound, actual, verdict]),
    ).to.deep.equal([
      ["k6.stt_status_duration", "p(95)<300", 412.5, "failed"],
      ["k6.stt_status_duration", "avg<100", 20, "passed"],
      ["k6.stt_failed", "rate<0.5", 0.1, "passed"],
      ["k6.dropped_iterations", "count<=2", 3, "failed"],
    ]);
  });

  it("are inconclusive where k6 lets one hold whose metric has no sample", async () => {
    const path = join(folder, "summary.json");
    const metrics = {
      stt_chunk_duration: { avg: 0, "p(95)": 0, count: 0, thresholds: { "p(95)<500": false } },
      http_req_failed: { passes: 0, fails: 0, value: 0, thresholds: { "rate<0.05": false } },
      dropped_iterations: { count: 0, rate: 0, thresholds: { "count<=2": false } },
      kafka_received: { count: 0, rate: 0, thresholds: { "count>0": true } },
      stt_failed: { passes: 0, fails: 3, value: 0, thresholds: { "rate<0.05": false } },
    };
    writeFileSync(path, JSON.stringify({ metrics }));
    const judged = ownK6Thresholds(await readOwnThresholds(path, 5e9));
    expect(judged.map(({ metric, actual, verdict }) => [metric, actual, verdict])).to.deep.equal([
      ["k6.stt_chunk_duration", undefined, "inconclusive"],
      ["k6.http_req_failed", undefined, "inconclusive"],
      ["k6.dropped_iterations", 0, "passed"],
      ["k6.kafka_received", 0, "failed"],
      ["k6.stt_failed", 0, "passed"],
    ]);
  });

  it("cannot be read where k6 left no summary", async () => {
    const error = await readOwnThresholds(join(folder, "none.json"), 0).catch((thrown: unknown) => thrown);
    expect(String(error)).to.include("ENOENT");
  });
});
