import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { history, type Line } from "../checkers/testing/lines.ts";
import type { TimelineData } from "./panel.ts";
import type { RunRecord } from "./record.ts";
import { writeReport } from "./report.ts";
import { outage, writeFixtureRun } from "./testing/fixture.ts";

describe("report of a run folder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "faultline-report-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function page(): Promise<string> {
    const { html } = await writeReport(folder);
    return readFile(html, "utf8");
  }

  it("writes one page with every part, that names no address to load anything from", async () => {
    await writeFixtureRun(folder, { outcome: "failed" });
    const text = await page();
    for (const part of [
      "timeline",
      "faults",
      "thresholds",
      "checks",
      "operations",
      "environment",
      "reproduce",
    ]) {
      expect(text).to.include(`<section id="${part}">`);
    }
    expect(text).to.match(/default-src &#39;none&#39;/);
    expect(text).not.to.match(/<(?:link|img|iframe|script)[^>]+(?:src|href)=/);
    expect(/<style>(.*?)<\/style>/s.exec(text)?.[1]).not.to.match(/@import|url\(/);
    expect(text.length).to.be.below(1_000_000);
  });

  it("draws the outage where it was", async () => {
    await writeFixtureRun(folder, { outcome: "passed" });
    const data = timelineIn(await page());
    expect(data.faults).to.deep.equal([
      { label: "kill kafka-2", from: outage.injected, to: outage.healed, recovered: outage.recovered },
    ]);
    const ids = data.panels.map(({ id }) => id);
    expect(ids).to.deep.equal([
      "availability",
      "latency",
      "throughput",
      "recordings",
      "leaders",
      "isr",
      "consumer_lag",
      "rss_bytes",
      "cpu_percent",
    ]);
    const [strip] = data.panels;
    if (strip?.kind !== "strip") throw new Error("the first panel is the availability strip");
    expect(strip.lanes.map(({ label }) => label)).to.deep.equal(["all", "stt-1", "stt-2"]);
    const failing = (strip.lanes[0]?.fail ?? []).flatMap((n, i) =>
      n > 0 ? [data.from + i * data.step] : [],
    );
    expect(failing.length).to.be.above(2);
    expect(Math.min(...failing)).to.be.at.least(30);
    expect(Math.max(...failing)).to.be.below(33);
  });

  it("shows leaders as stretches, with nobody while electing", async () => {
    await writeFixtureRun(folder, { outcome: "passed" });
    const panel = timelineIn(await page()).panels.find(({ id }) => id === "leaders");
    if (panel?.kind !== "lanes") throw new Error("leaders are lanes");
    const [lane] = panel.lanes;
    expect(lane?.changed).to.equal(true);
    expect(lane?.spans.map(({ value }) => value)).to.deep.equal([2, -1, 3, 2]);
    expect(panel.names["-1"]).to.deep.equal({ label: "no leader", short: "none", color: null });
    expect(panel.names["2"]?.label).to.equal("kafka-2");
  });

  it("shows who held which lock with which token, two at once in red, and who owned which partition", async () => {
    await writeFixtureRun(folder, { outcome: "passed" });
    const at = (seconds: number, more: object = {}) => ({ time: seconds * 1e9, ...more });
    const L = "stt:processor:lock:7";
    const acquire = (process: number, seconds: number, fence: number): Line[] => [
      ["invoke", process, "acquire", at(seconds, { key: L, value: { owner: `stt-${process}` } })],
      ["ok", process, "acquire", at(seconds, { key: L, value: { fence } })],
    ];
    const release = (process: number, seconds: number): Line => [
      "invoke",
      process,
      "release",
      at(seconds, { key: L, value: { owner: `stt-${process}` } }),
    ];
    const poll = (process: number, seconds: number): Line[] => [
      ["invoke", process, "poll", at(seconds)],
      ["ok", process, "poll", at(seconds, { value: { "t-0": [[seconds, "v"]], "t-1": [] } })],
    ];
    const events = history(
      ...acquire(1, 10, 33),
      ...poll(5, 12),
      release(1, 30),
      ...acquire(2, 31, 34),
      ...poll(6, 35),
      ...acquire(3, 50, 35),
      release(2, 60),
    );
    await writeFile(
      join(folder, "history.ndjson"),
      events.map((event) => `${JSON.stringify(event)}\n`).join(""),
    );
    const text = await page();
    const { panels } = timelineIn(text);
    const locks = panels.find(({ id }) => id === "locks");
    if (locks?.kind !== "lanes") throw new Error("lock holders are lanes");
    const end = locks.lanes[0]?.spans.at(-1)?.to;
    expect(end).to.be.at.least(outage.end);
    expect(locks.lanes).to.deep.equal([
      {
        label: L,
        changed: true,
        spans: [
          { from: 10, to: 30, value: 0, text: "stt-1 #33", brief: "#33" },
          { from: 31, to: 50, value: 1, text: "stt-2 #34", brief: "#34" },
          { from: 50, to: 60, value: -1, text: "stt-2 #34 + stt-3 #35", brief: "#34 + #35" },
          { from: 60, to: end, value: 2, text: "stt-3 #35", brief: "#35" },
        ],
      },
    ]);
    expect(locks.names["-1"]).to.deep.include({ label: "several at once", alarm: true });
    expect(text).to.include("stt-2 #34 + stt-3 #35 (50–60 s)");
    const partitions = panels.find(({ id }) => id === "partitions");
    if (partitions?.kind !== "lanes") throw new Error("partition owners are lanes");
    expect(partitions.lanes).to.deep.equal([
      {
        label: "t-0",
        changed: true,
        spans: [
          { from: 12, to: 35, value: 0 },
          { from: 35, to: end, value: 1 },
        ],
      },
    ]);
    expect(partitions.names["1"]?.label).to.equal("process 6");
  });

  it("says whether the nodes were started for the run, or had been another's, with the proof that they were clean", async () => {
    await writeFixtureRun(folder, { outcome: "passed" });
    expect(await page()).to.include("Started for this run.");
    const reused = {
      after: "20310504-101000-calm",
      resetMs: 1_200,
      proof: ["stt-1 is ready", "no data is left"],
    };
    const change = (record: RunRecord) => ({ ...record, topology: { ...record.topology, reused } });
    await writeFixtureRun(folder, { outcome: "passed", change });
    expect(await page()).to.match(
      /Run 20310504-101000-calm had them before; they were reset in 1\.2 s.*stt-1 is ready; no data is left/,
    );
  });

  it("lets no text of the run become markup or end the script", async () => {
    const evil = `</script><script>alert(1)</script><img src=x onerror="alert(2)">`;
    const change = (record: RunRecord): RunRecord => ({
      ...record,
      reasons: [evil],
      replay: evil,
      scenario: { ...record.scenario, title: evil },
      topology: { ...record.topology, nodes: [{ name: evil, kind: "kafka", address: evil }] },
      faults: record.faults.map((fault) => ({ ...fault, nodes: [evil], target: evil, proof: evil })),
      checks: [
        {
          name: evil,
          verdict: "failed",
          reason: evil,
          counts: { [evil]: 1 },
          anomalies: [
            {
              type: evil,
              message: evil,
              witnesses: [{ index: 0, time: 0, type: "ok", process: 0, f: evil, value: evil }],
            },
          ],
        },
      ],
    });
    await writeFixtureRun(folder, { outcome: "failed", change });
    const text = await page();
    expect(text).not.to.include("<script>alert");
    expect(text).not.to.include("<img");
    expect(text.match(/<\/script>/g)).to.have.length(2);
    expect(timelineIn(text).faults[0]?.label).to.equal(`kill ${evil}`);
  });

  it("leaves out a torn last line and says so", async () => {
    await writeFixtureRun(folder, { outcome: "passed", tornTail: true });
    expect(await page()).to.match(/The last line of history\.ndjson \(line \d+\) is torn/);
  });

  it("reports a run that ended before anything was recorded", async () => {
    await writeFixtureRun(folder, {
      outcome: "passed",
      change: (record) => ({ ...record, verdict: "errored", phases: [], faults: [], checks: [] }),
    });
    await rm(join(folder, "history.ndjson"));
    await rm(join(folder, "samples.ndjson"));
    const text = await page();
    expect(text).to.include("There is no history.ndjson in the run folder");
    expect(text).to.include("Nothing was recorded");
  });

  for (const [what, content, message] of [
    ["missing", null, /cannot read .*run\.json/],
    ["not JSON", "{", /cannot read .*run\.json/],
    ["not a record", '{"formatVersion":1}', /run\.json is no run record of version 1/],
  ] as const) {
    it(`names a run.json that is ${what}`, async () => {
      if (content !== null) await writeFile(join(folder, "run.json"), content);
      const error = await writeReport(folder).catch((cause: unknown) => cause);
      expect(error).to.be.an("error").with.property("name", "UsageError");
      expect(error).to.have.property("message").that.matches(message);
    });
  }

  it("names the line of a broken sample", async () => {
    await writeFixtureRun(folder, { outcome: "passed" });
    await writeFile(join(folder, "samples.ndjson"), '{"time":1,"metric":"m","value":1}\n{"time":\n');
    const error = await writeReport(folder).catch((cause: unknown) => cause);
    expect(error)
      .to.have.property("message")
      .that.matches(/samples\.ndjson, line 2 is no sample/);
  });
});

/** The data that the page hands to its charts. */
function timelineIn(page: string): TimelineData {
  const json = /<script type="application\/json" id="timeline-data">(.*?)<\/script>/s.exec(page)?.[1];
  return JSON.parse(json ?? "null") as TimelineData;
}
