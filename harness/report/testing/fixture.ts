import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CheckResult } from "../../checkers/verdict.ts";
import type { HistoryEvent, Phase } from "../../history/event.ts";
import type { FaultRecord, RunRecord, Sample } from "../record.ts";
import { operationsOfAnOutage } from "./fixture-history.ts";

const NS = 1e9;

/** A made-up run: 90 s, a broker killed at 30 s, errors until 33 s, the broker back at 38 s. */
export const outage = { injected: 30, recovered: 33.4, healed: 38, end: 90 } as const;

const phaseSpans: RunRecord["phases"] = (
  [
    ["setup", 0, 12],
    ["steady", 12, outage.injected],
    ["fault", outage.injected, outage.healed],
    ["recovery", outage.healed, 70],
    ["drain", 70, outage.end],
  ] as const
).map(([name, from, to]) => ({ name, from: from * NS, to: to * NS }));

export function phaseAt(seconds: number): Phase {
  return phaseSpans.findLast((span) => span.from <= seconds * NS)?.name ?? "setup";
}

const nodes: RunRecord["topology"]["nodes"] = [
  { name: "kafka-1", kind: "kafka", address: "127.10.0.1:9092" },
  { name: "kafka-2", kind: "kafka", address: "127.10.0.2:9092" },
  { name: "kafka-3", kind: "kafka", address: "127.10.0.3:9092" },
  { name: "stt-1", kind: "stt", address: "127.10.1.1:18000" },
  { name: "stt-2", kind: "stt", address: "127.10.1.2:18000" },
  { name: "postgres", kind: "postgres", address: "127.10.2.1:5432" },
  { name: "redis-1", kind: "redis", address: "127.10.3.1:6379" },
  { name: "redis-2", kind: "redis", address: "127.10.3.2:6379" },
  { name: "redis-3", kind: "redis", address: "127.10.3.3:6379" },
  { name: "daglo", kind: "wiremock", address: "127.10.4.1:8080" },
  { name: "toxiproxy", kind: "toxiproxy", address: "127.10.5.1:8474" },
];

const memoryMib: Readonly<Record<string, number>> = {
  kafka: 320,
  stt: 110,
  postgres: 48,
  redis: 12,
  wiremock: 180,
  toxiproxy: 26,
};

/** The record of the made-up run, passed, or failed with a lost recording and a lost chunk. */
export function fixtureRecord(outcome: "passed" | "failed", events: readonly HistoryEvent[]): RunRecord {
  const failed = outcome === "failed";
  return {
    formatVersion: 1,
    id: `2031-05-04T10-11-12-leader-crash-${outcome}`,
    scenario: {
      file: "scenarios/ha/leader-crash.scenario.ts",
      title: "killing a partition leader loses no accepted transcription",
    },
    seed: 4_711,
    startedAt: "2031-05-04T10:11:12.000Z",
    durationMs: outage.end * 1_000,
    verdict: outcome,
    reasons: failed
      ? [
          "transcription: 1 accepted recording was lost, 1 acknowledged chunk is not in its WAV",
          "recovery: rto 3.4 s, bound <3s",
        ]
      : ["all 2 checks and 4 thresholds passed; 1 fault was proven and healed"],
    replay: "./faultline run scenarios/ha/leader-crash.scenario.ts --seed 4711",
    phases: phaseSpans,
    steadyState: {
      description: "99% of operations ok, status p95 below 300 ms, recordings complete",
      windowMs: 3_000,
    },
    faults: [faultRecord(failed)],
    checks: checks(failed, events),
    thresholds: [
      { phase: "steady", metric: "stt_status_duration", bound: "p(95)<300", actual: 21.4, verdict: "passed" },
      { phase: "fault", metric: "http_req_failed", bound: "rate<0.25", actual: 0.143, verdict: "passed" },
      {
        phase: "recovery",
        metric: "rto",
        bound: failed ? "<3s" : "<10s",
        actual: 3.4,
        verdict: failed ? "failed" : "passed",
      },
      { phase: "recovery", metric: "stt_completion_duration", bound: "p(95)<9000", verdict: "inconclusive" },
    ],
    topology: { name: "stt: kafka 3, redis sentinel, instances 2", nodes, links: 42 },
    network: "proxy",
    machine: { os: "linux 6.1 x64", cpu: "2 cores", memory: "8 GiB", node: "v24.21.0" },
    versions: { "Apache Kafka": "4.3.1", Redis: "7.0.15", PostgreSQL: "18.1", Toxiproxy: "2.12.0" },
    steps: [
      { name: "start nodes", ms: 9_120 },
      { name: "wait until steady", ms: 3_410 },
      { name: "steady window", ms: 18_000 },
      { name: "fault", ms: 8_000 },
      { name: "recovery", ms: 32_000 },
      { name: "drain and final reads", ms: 20_000 },
    ],
    unsupported: ["netem: the kernel has no such module, so random packet loss was not offered"],
  };
}

function faultRecord(failed: boolean): FaultRecord {
  return {
    id: "kill-1",
    fault: "kill",
    target: "leader of stt-processing-topic[0]",
    nodes: ["kafka-2"],
    injectedAt: outage.injected * NS,
    provenAt: (outage.injected + 0.02) * NS,
    proof: "pid 4242 is gone, its port refuses",
    healedAt: outage.healed * NS,
    healProvenAt: (outage.healed + 1.9) * NS,
    healProof: "kafka-2 answers and is in every ISR",
    links: [],
    escalations: failed ? ["restart timed out after 5 s: started with a fresh log folder lock"] : [],
    detectedMs: 180,
    failoverMs: 2_310,
    rtoMs: (outage.recovered - outage.injected) * 1_000,
    errors: 87,
    lost: failed ? 1 : 0,
    duplicated: 0,
  };
}

function checks(failed: boolean, events: readonly HistoryEvent[]): CheckResult[] {
  const accepted = events.filter((event) => event.f === "convert" && event.type === "ok");
  const witnesses = events
    .filter((event) => event.key === accepted[0]?.key && event.f !== "status")
    .slice(0, 8);
  return [
    {
      name: "transcription",
      verdict: failed ? "failed" : "passed",
      reason: failed
        ? "1 accepted recording never ended and 1 acknowledged chunk is missing"
        : `all ${accepted.length} accepted recordings completed exactly once`,
      anomalies: failed
        ? [
            {
              type: "lost-recording",
              message: `recording ${accepted[0]?.key} was accepted and never ended`,
              witnesses,
            },
            {
              type: "lost-chunk",
              message: "chunk 1 was acknowledged and is not in the WAV",
              witnesses: witnesses.slice(2, 4),
            },
          ]
        : [],
      counts: {
        accepted: accepted.length,
        completed: accepted.length - (failed ? 1 : 0),
        lost: failed ? 1 : 0,
      },
    },
    {
      name: "submitted once",
      verdict: "passed",
      reason: "no recording was submitted to the upstream twice",
      anomalies: [],
      counts: { submissions: accepted.length, duplicates: 0 },
    },
  ];
}

/** Memory, CPU, leaders, ISR and lag of the made-up run, once a second. */
function* samples(): Generator<Sample> {
  for (let second = 1; second < outage.end; second += 1) {
    const time = second * NS;
    const down = second >= outage.injected && second < outage.healed;
    for (const [i, { name, kind }] of nodes.entries()) {
      if (name === "kafka-2" && down) continue;
      const wave = 1 + 0.05 * Math.sin(second / 4 + i);
      yield { time, metric: "rss_bytes", node: name, value: (memoryMib[kind] ?? 10) * wave * 2 ** 20 };
      yield { time, metric: "cpu_percent", node: name, value: (8 + i) * wave * (down ? 1.6 : 1) };
    }
    for (const topic of ["stt-encoding-topic", "stt-processing-topic", "stt-summarizing-topic"]) {
      for (const partition of ["0", "1", "2"]) {
        const preferred = Number(partition) + 1;
        const labels = { topic, partition };
        const electing = second === outage.injected || second === outage.injected + 1;
        const away = preferred === 2 && second >= outage.injected && second < 60;
        const leader = away ? (electing ? -1 : 3) : preferred;
        yield { time, metric: "partition_leader", labels, value: leader };
        yield { time, metric: "partition_isr_size", labels, value: second >= 31 && second < 40 ? 2 : 3 };
      }
      const lag = down ? (second - outage.injected) * 7 : 2 + (second % 3);
      yield { time, metric: "consumer_lag", labels: { group: "stt", topic }, value: lag };
    }
  }
}

/** Writes a complete run folder; `tornTail` leaves half a line at the end of the history. */
export async function writeFixtureRun(
  folder: string,
  options: { outcome: "passed" | "failed"; tornTail?: boolean; change?: (record: RunRecord) => RunRecord },
): Promise<void> {
  const events = operationsOfAnOutage(phaseAt);
  const record = fixtureRecord(options.outcome, events);
  const lines = (records: Iterable<object>) =>
    Array.from(records, (one) => `${JSON.stringify(one)}\n`).join("");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "run.json"), JSON.stringify(options.change?.(record) ?? record, null, 2));
  const tail = options.tornTail === true ? '{"index":99999,"time":899' : "";
  await writeFile(join(folder, "history.ndjson"), lines(events) + tail);
  await writeFile(join(folder, "samples.ndjson"), lines(samples()));
}
