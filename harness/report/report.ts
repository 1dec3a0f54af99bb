import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isOfK6 } from "../checkers/k6-thresholds.ts";
import type { HistoryEvent } from "../history/event.ts";
import { type TimeAxis, timeAxis } from "./axis.ts";
import { headlines } from "./headline.ts";
import { loadAssets } from "./html/assets.ts";
import { renderPage } from "./html/page.ts";
import { junitXml } from "./junit.ts";
import { k6Panels } from "./k6-panels.ts";
import { K6Series } from "./k6-series.ts";
import { LockHolders } from "./lock-holders.ts";
import { markdownSummary } from "./markdown.ts";
import { OperationSeries } from "./operations.ts";
import { PartitionOwners } from "./partition-owners.ts";
import { openRun, type RunFiles } from "./read-run.ts";
import type { RunRecord } from "./record.ts";
import { RecordingSeries } from "./recordings.ts";
import { SampleSeries } from "./sampled.ts";
import { timelineOf } from "./timeline.ts";

const NS_PER_MS = 1e6;

/** Paths of what {@link writeReport} wrote. */
export interface ReportFiles {
  readonly html: string;
  readonly junit: string;
  /** Markdown, for example for a GitHub job summary. */
  readonly summary: string;
}

/**
 * Writes `report.html`, `junit.xml` and `summary.md` into a run folder, from its `run.json`,
 * `history.ndjson` and `samples.ndjson`. It needs no cluster and may be repeated.
 * @throws UsageError when `run.json` is missing or broken, or a line (but a torn last one) is broken.
 */
export async function writeReport(runFolder: string): Promise<ReportFiles> {
  const run = await openRun(runFolder);
  const { record } = run;
  const axis = await axisOf(run);

  const operationSeries = new OperationSeries(axis, record.phases);
  const recordingSeries = new RecordingSeries(axis);
  const lockHolders = new LockHolders();
  const partitionOwners = new PartitionOwners();
  for await (const event of run.events()) {
    operationSeries.add(event);
    recordingSeries.add(event);
    lockHolders.add(event);
    partitionOwners.add(event);
  }
  const samples = new SampleSeries(axis);
  const k6 = new K6Series(axis);
  for await (const sample of run.samples()) {
    if (isOfK6(sample.metric)) k6.add(sample);
    else samples.add(sample);
  }

  const operations = operationSeries.finish();
  const headline = headlines(record, operations);
  const end = axis.from + axis.step * axis.buckets;
  const owners = { locks: lockHolders.finish(end), partitions: partitionOwners.finish(end) };
  const recordings = recordingSeries.finish();
  const measured = { operations, recordings, k6: k6Panels(k6, axis), samples, owners };
  const timeline = timelineOf(record, axis, measured);
  const page = { record, headline, notices: run.notices, timeline, operations };

  const files: ReportFiles = {
    html: join(runFolder, "report.html"),
    junit: join(runFolder, "junit.xml"),
    summary: join(runFolder, "summary.md"),
  };
  await Promise.all([
    writeFile(files.html, renderPage(page, await loadAssets())),
    writeFile(files.junit, junitXml(record)),
    writeFile(files.summary, markdownSummary(record, headline, run.notices)),
  ]);
  return files;
}

/** The axis leaves out the time before the first operation or phase after setup: nodes were only starting. */
async function axisOf(run: RunFiles): Promise<TimeAxis> {
  const firstPhase = run.record.phases.find(({ name }) => name !== "setup")?.from ?? 0;
  const first = await firstEvent(run);
  const from = Math.min(firstPhase, first?.intended ?? first?.time ?? firstPhase);
  return timeAxis(from, Math.max(from + 1, endOf(run.record)));
}

async function firstEvent(run: RunFiles): Promise<HistoryEvent | undefined> {
  for await (const event of run.events()) return event;
  return undefined;
}

/** The end of the last phase; of the whole run when no phase was reached. Nanoseconds. */
function endOf(record: RunRecord): number {
  const lastPhase = Math.max(0, ...record.phases.map(({ to }) => to));
  return lastPhase > 0 ? lastPhase : record.durationMs * NS_PER_MS;
}
