import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type History, openHistory } from "../../history/recorder.ts";
import type { Sample } from "../../report/record.ts";
import type { Clock } from "../../util/clock.ts";
import { VirtualClock } from "../../util/testing/virtual-clock.ts";
import type { WorkloadContext } from "../workload.ts";

/** What a workload gets from a run, without a topology and with time of its own. */
export interface FakeContext extends Disposable {
  readonly context: WorkloadContext;
  readonly history: History;
  /** What the workload has measured by itself. */
  readonly samples: readonly Sample[];
  /** What it has ended the run with. */
  readonly errors: readonly unknown[];
}

/** @param clock default: one whose time passes as fast as the test goes. */
export function fakeContext(clock: Clock = new VirtualClock()): FakeContext {
  const folder = mkdtempSync(join(tmpdir(), "workload-"));
  const history = openHistory(join(folder, "history.ndjson"), { clock });
  const samples: Sample[] = [];
  const errors: unknown[] = [];
  return {
    ...{ history, samples, errors },
    context: {
      ...{ history, clock, seed: 1, signal: new AbortController().signal },
      ...{ services: [], lockers: [], consumers: [], load: { kafka: [] } },
      ...{ jwtSecret: "", audioFolder: folder, upstreamUrl: "", installed: {}, folder },
      sample: (sample) => samples.push(sample),
      spawned: () => {},
      broken: (error) => errors.push(error),
    },
    [Symbol.dispose]() {
      history.close();
      rmSync(folder, { recursive: true });
    },
  };
}
