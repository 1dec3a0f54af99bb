import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { goodJournal, goodLoad, goodReads, made } from "../../checkers/testing/made-history.ts";
import type { HistoryEvent } from "../../history/event.ts";
import type { FaultRecord, RunRecord } from "../../report/record.ts";
import { fixtureRecord } from "../../report/testing/fixture.ts";
import { evaluate } from "../evaluate.ts";
import { loadScenarios } from "../load-scenarios.ts";

const harness = new URL("../../", import.meta.url).href;

/** A scenario that can be judged, and not run. */
const scenarioFile = `
import { transcription } from "${harness}checkers/transcription.ts";
import { submittedOnce } from "${harness}checkers/upstream.ts";
import { scenario } from "${harness}run/scenario.ts";

const never = () => { throw new Error("this scenario is only judged"); };
export default scenario({
  title: "a stored run",
  topology: { name: "none", key: "none", components: [], nodes: [], start: never },
  workload: { name: "none", description: "none", start: never },
  faults: [],
  checks: [transcription(), submittedOnce()],
  thresholds: { steady: { stt_status_duration: "p(95)<300" }, recovery: { rto: "<30s" } },
});
`;

const NS = 1e9;
const spans: RunRecord["phases"] = [
  { name: "setup", from: 0, to: 5 * NS },
  { name: "steady", from: 5 * NS, to: 15 * NS },
  { name: "fault", from: 15 * NS, to: 20 * NS },
  { name: "recovery", from: 20 * NS, to: 60 * NS },
  { name: "drain", from: 60 * NS, to: 70 * NS },
];

const fault: FaultRecord = {
  ...{ id: "fault-1", fault: "kill", target: "node kafka-1", nodes: ["kafka-1"], links: [], escalations: [] },
  ...{ injectedAt: 15 * NS, provenAt: 15.1 * NS, healedAt: 20 * NS, healProvenAt: 20.5 * NS },
};

export interface StoredRun {
  readonly folder: string;
  readonly record: RunRecord;
  readonly events: readonly HistoryEvent[];
}

/** Writes a scenario and the folder of a run of it below `parent`: all well over a fault, and judged as a run judges. */
export async function storeRun(
  parent: string,
  change: (record: RunRecord) => RunRecord = (record) => record,
): Promise<StoredRun> {
  const file = join(parent, "stored.scenario.ts");
  writeFileSync(file, scenarioFile);
  const [loaded] = await loadScenarios([file]);
  if (loaded === undefined) throw new Error("the scenario does not load");

  const load = goodLoad(0, 55_000, 500);
  const ids = load.filter(({ f }) => f === "convert").map(({ key }) => key ?? "");
  const reads = ids.flatMap((id) => goodReads(id, 62_000));
  const phaseAt = (ms: number) => spans.findLast(({ from }) => from <= ms * 1e6)?.name ?? "setup";
  const events = made([...load, ...reads, goodJournal(ids, 65_000)], phaseAt);

  const nodes = fixtureRecord("passed", []).topology.nodes;
  const record: RunRecord = {
    ...fixtureRecord("passed", []),
    scenario: { file, title: loaded.scenario.title },
    phases: spans,
    ...evaluate({
      ...{
        scenario: loaded.scenario,
        events,
        samples: [],
        phases: spans,
        faults: [fault],
        whyNotInjected: undefined,
      },
      nodes: nodes.map(({ name, kind }) => ({ name, kind, unexpectedExit: undefined })),
    }),
  };
  const folder = join(parent, "reports", "stored");
  mkdirSync(folder, { recursive: true });
  const changed = change(record);
  writeFileSync(join(folder, "run.json"), JSON.stringify(changed));
  writeFileSync(join(folder, "samples.ndjson"), "");
  writeHistory(folder, events);
  return { folder, record: changed, events };
}

/** Writes, or overwrites, the history of a stored run. */
export function writeHistory(folder: string, events: readonly HistoryEvent[]): void {
  const lines = events.map((event) => `${JSON.stringify(event)}\n`);
  writeFileSync(join(folder, "history.ndjson"), lines.join(""));
}
