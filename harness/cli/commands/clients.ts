import { join } from "node:path";
import { Command } from "commander";
import { silences } from "../../checkers/silence.ts";
import { readHistory } from "../../history/reader.ts";
import {
  type ClientResult,
  type ClientRun,
  clientOf,
  clientResults,
  clientRunOf,
  healedAt,
} from "../../run/clients.ts";
import { clientCells, clientsTable } from "../../run/clients-table.ts";
import { type LoadedScenario, loadScenarios } from "../../run/load-scenarios.ts";
import { writeToPage } from "../../run/page-table.ts";
import type { RunResult } from "../../run/runner.ts";
import { type PlannedRun, planRuns } from "../../run/suite-select.ts";
import { exitCodes, messageOf, UsageError } from "../../util/errors.ts";
import { loadConfluent } from "../../workload/kafka/defaults/confluent-library.ts";
import { interruptSignal } from "../interrupt.ts";
import { runSeries, type SeriesOptions, withSeriesOptions } from "../run-series.ts";
import { table } from "../table.ts";

/** `faultline clients [patterns]` */
export function clientsCommand(): Command {
  const command = new Command("clients")
    .description(
      "try client libraries of Kafka by their defaults: what each loses, repeats and waits for under faults",
    )
    .argument(
      "[patterns...]",
      "parts of the names in scenarios/clients, as leader-killed or kafkajs; none means all",
    );
  return withSeriesOptions(command, "each client under each fault", 3)
    .addHelpText(
      "after",
      `
A client whose library is not installed is left out. It is a measurement: what a library does is no failure of the command, which
exits with 4 when a run decided nothing.

Examples:
  faultline clients leader-killed --runs 1
  faultline clients kafkajs
  faultline clients --write docs/findings/kafka-clients.md`,
    )
    .action(clients);
}

async function clients(patterns: string[], options: SeriesOptions): Promise<void> {
  const { runs: repeatEach, seed, json, write } = options;
  const { chosen, leftOut } = installed(await loadClients(patterns));
  if (leftOut !== undefined) console.error(leftOut);
  const signal = interruptSignal();
  const runs = byClient(planRuns(chosen, { seed, repeatEach }));
  using _ = survivingLibraries();
  const series = await runSeries("clients", runs, options, signal);
  const made = new Map<string, ClientRun>();
  for (const result of series.results) {
    const { scenario, seed: one } = result.record;
    made.set(`${scenario.file} ${one}`, await clientRun(result));
  }
  // In the order of the plan, and with those that left nothing.
  const results = clientResults(
    runs.map(({ file, seed: one }) => made.get(`${file} ${one}`) ?? nothing(file)),
  );
  if (json) console.log(JSON.stringify(results, null, 2));
  else print(results);
  console.error(`\nreports: ${series.index}`);
  if (signal.aborted) {
    process.exitCode = exitCodes.interrupted;
    return;
  }
  if (write !== undefined) {
    const how = `Written by \`./faultline clients --write ${write}\`: ${repeatEach} runs of each.`;
    writeToPage(
      write,
      "clients",
      [how, ...(leftOut === undefined ? [] : [leftOut])].join(" "),
      clientsTable(results),
    );
  }
  const decided = results.every((result) => result.decided === result.runs);
  process.exitCode = decided ? exitCodes.passed : exitCodes.inconclusive;
}

/** @throws UsageError when nothing matches. */
async function loadClients(patterns: readonly string[]): Promise<LoadedScenario[]> {
  const all = await loadScenarios(["clients/"]);
  const chosen = all.filter(
    ({ file }) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)),
  );
  if (chosen.length > 0) return chosen;
  throw new UsageError(
    `no client and no fault matches ${patterns.join(" ")}`,
    "faultline list clients/ shows all of them",
  );
}

/** Leaves out the client whose library is optional, where it is not there, and says so. */
function installed(all: readonly LoadedScenario[]): { chosen: LoadedScenario[]; leftOut?: string } {
  const isOptional = ({ file }: LoadedScenario) => clientOf(file).client === "confluent-defaults";
  if (!all.some(isOptional)) return { chosen: [...all] };
  try {
    loadConfluent();
    return { chosen: [...all] };
  } catch (error) {
    const chosen = all.filter((one) => !isOptional(one));
    if (chosen.length === 0) throw error;
    return { chosen, leftOut: `Left out: ${messageOf(error)}.` };
  }
}

/** In the order in which the table is read: client by client. */
const byClient = (runs: readonly PlannedRun[]): PlannedRun[] =>
  [...Map.groupBy(runs, ({ file }) => clientOf(file).client).values()].flat();

async function clientRun({ folder, record }: RunResult): Promise<ClientRun> {
  if (record.verdict === "errored") return nothing(record.scenario.file); // there may be no history
  const events = await Array.fromAsync(readHistory(join(folder, "history.ndjson")));
  return clientRunOf(record, silences(events, healedAt(record)));
}

/** Of a run that broke. */
const nothing = (file: string): ClientRun => ({
  ...clientOf(file),
  ...{ decided: false, acknowledged: 0, lost: 0, duplicated: 0, redelivered: 0, unanswered: 0 },
  ...{ acknowledgedGapMs: undefined, polledGapMs: undefined, hung: [] },
});

/** A library may throw where nobody can catch it, which would end a user's process: here it is said, and the runs go on. */
function survivingLibraries(): Disposable {
  const say = (error: unknown) => console.error(`thrown where nobody could catch it: ${messageOf(error)}`);
  process.on("uncaughtException", say);
  return { [Symbol.dispose]: () => void process.off("uncaughtException", say) };
}

function print(results: readonly ClientResult[]): void {
  const head = [
    "client",
    "fault",
    "runs",
    "acked",
    "lost",
    "dup",
    "again",
    "open",
    "ack gap",
    "poll gap",
    "hung",
  ];
  console.log(`\n${table([head, ...results.map(clientCells)])}`);
}
