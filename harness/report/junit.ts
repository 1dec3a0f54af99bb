import type { Builder } from "junit-report-builder";
import type { CheckResult, Verdict } from "../checkers/verdict.ts";
import { formatWorst } from "./format.ts";
import { clean, newJunit } from "./junit-builder.ts";
import type { FaultRecord, RunRecord, ThresholdResult } from "./record.ts";
import type { SuiteRow } from "./suite-record.ts";

/** One test case: what was judged, how it ended, why, and what shows it. */
interface Case {
  readonly className: string;
  readonly name: string;
  readonly verdict: Verdict;
  readonly message: string;
  readonly details?: string;
  readonly seconds?: number;
}

/**
 * The run as JUnit XML: one suite with a case for the run's verdict, each check, each threshold and, for each
 * fault, that it was proven and that it was healed. `inconclusive` and `errored` are JUnit errors: a CI
 * server shows a run green only when it passed.
 */
export function junitXml(record: RunRecord): string {
  const builder = newJunit();
  addRun(builder, record);
  return builder.build();
}

/**
 * All runs of a suite in one JUnit XML, each as {@link junitXml} has it. What did not run is skipped; a run that left no
 * record is one case.
 * @param runs the records by the names of their folders.
 */
export function suiteJunitXml(rows: readonly SuiteRow[], runs: ReadonlyMap<string, RunRecord>): string {
  const builder = newJunit();
  for (const row of rows) {
    const record = row.run === undefined ? undefined : runs.get(row.run);
    if (record !== undefined) addRun(builder, record);
    else addRow(builder, row);
  }
  return builder.build();
}

function addRun(builder: Builder, record: RunRecord): void {
  const suite = builder
    .testSuite()
    .name(clean(record.scenario.title))
    .timestamp(new Date(record.startedAt))
    .time(record.durationMs / 1_000);
  for (const [name, value] of [
    ["run", record.id],
    ["seed", String(record.seed)],
    ["replay", record.replay],
    ["scenario", record.scenario.file],
  ] as const) {
    suite.property(name, clean(value));
  }
  const runCase: Case = {
    className: "run",
    name: "verdict",
    verdict: record.verdict,
    message: record.reasons.join("; "),
    details: `Run it again: ${record.replay}`,
    seconds: record.durationMs / 1_000,
  };
  const cases = [
    runCase,
    ...record.checks.map(checkCase),
    ...record.thresholds.map(thresholdCase),
    ...record.faults.flatMap(faultCases),
  ];
  for (const one of cases) {
    const test = suite
      .testCase()
      .className(clean(`${record.scenario.file}.${one.className}`))
      .name(clean(one.name))
      .time(one.seconds ?? 0);
    const message = clean(one.message);
    const details = clean(one.details ?? one.message);
    if (one.verdict === "failed") test.failure(message, "failed").stacktrace(details);
    else if (one.verdict !== "passed") test.error(message, one.verdict, details);
  }
}

function addRow(builder: Builder, { file, title, outcome, reasons, durationMs = 0 }: SuiteRow): void {
  const seconds = durationMs / 1_000;
  const suite = builder.testSuite().name(clean(title)).time(seconds);
  const test = suite
    .testCase()
    .className(clean(`${file}.run`))
    .name("verdict")
    .time(seconds);
  if (outcome === "not run") test.skipped();
  else test.error(clean(reasons.join("; ")), outcome);
}

function checkCase(check: CheckResult): Case {
  const anomalies = check.anomalies.map(({ type, message, witnesses }) =>
    [`${type}: ${message}`, ...witnesses.map((event) => `  ${JSON.stringify(event)}`)].join("\n"),
  );
  return {
    className: "checks",
    name: check.name,
    verdict: check.verdict,
    message: check.reason,
    details: [check.reason, ...anomalies].join("\n"),
  };
}

function thresholdCase({ phase, metric, bound, actual, worst, verdict }: ThresholdResult): Case {
  const where = worst === undefined ? "" : ` (${formatWorst(worst)})`;
  const measured = actual === undefined ? "there was no sample" : `measured ${actual}${where}`;
  return {
    className: "thresholds",
    name: `${phase}: ${metric} ${bound}`,
    verdict,
    message: `${metric} in phase ${phase}: bound ${bound}, ${measured}`,
  };
}

function faultCases(fault: FaultRecord): Case[] {
  const what = `${fault.id}: ${fault.fault} ${fault.target}`;
  const proven = fault.provenAt !== undefined;
  const healed = fault.healProvenAt !== undefined;
  return [
    {
      className: "faults",
      name: `${what} was proven`,
      verdict: proven ? "passed" : "inconclusive",
      message: proven ? (fault.proof ?? "proven") : (fault.error ?? "no probe showed its effect"),
    },
    {
      className: "faults",
      name: `${what} was healed`,
      verdict: healed ? "passed" : "errored",
      message: healed ? (fault.healProof ?? "healed") : (fault.error ?? "no probe showed that it was healed"),
    },
  ];
}
