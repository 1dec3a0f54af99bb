import type { SuiteRecord, SuiteRow } from "../suite-record.ts";

const row = (path: string, change: Partial<SuiteRow>): SuiteRow => {
  const [family = "", name = ""] = path.split("/");
  const file = `scenarios/${path}.scenario.ts`;
  return {
    ...{ file, family, name, title: `the promise of ${name}`, seed: 4711, outcome: "passed" },
    ...{ reasons: ["transcription: all 147 accepted recordings ended COMPLETED"], durationMs: 31_400 },
    ...{ run: `20260314-091500-${name}`, replay: `./faultline run ${file} --seed 4711` },
    ...change,
  };
};

/** A suite in which every outcome came up. */
export function fixtureSuite(): SuiteRecord {
  const {
    run: _,
    durationMs: __,
    ...notRun
  } = row("split-brain/flapping-link", { outcome: "not run", reasons: [] });
  const { run: ___, ...broken } = row("lock/redis-restart", {
    outcome: "errored",
    reasons: ["ENOSPC: no space left on device, write"],
    durationMs: 1_200,
  });
  return {
    formatVersion: 1,
    id: "20260314-091500-suite",
    startedAt: "2026-03-14T09:15:00.000Z",
    durationMs: 754_000,
    ...{ seed: 4711, network: "proxy", workers: 1 },
    command: "./faultline run --seed 4711",
    endedBy: "interrupted",
    rows: [
      row("ha/broker-restart", { rtoMs: 1_230 }),
      row("ha/leader-crash", { rtoMs: 6_843 }),
      row("ha/redis-stopped", {
        outcome: "failed",
        rtoMs: null,
        reasons: [
          "stop redis-1: the service did not recover while it was watched",
          "threshold rto <15s: it was not measured",
        ],
      }),
      row("ha/broker-disk-full", {
        outcome: "inconclusive",
        unsupported: true,
        reasons: ["disk-full kafka-1 did not strike: this machine mounts no small disks"],
      }),
      broken,
      row("e2e/complete", { durationMs: 12_000 }),
      notRun,
    ],
  };
}
