import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { nameOf } from "./scenario-name.ts";

/** Where a run leaves everything (docs/run-folder.md). */
export interface RunFolder {
  /** `20260314-091500-leader-crash`; also the run's id. */
  readonly id: string;
  readonly path: string;
  readonly history: string;
  readonly samples: string;
  readonly faults: string;
  readonly heapGrowth: string;
  readonly record: string;
  readonly logs: string;
}

/** Makes the folder of a new run under `parent` (usually `reports`). Two runs in one second get different ids. */
export function createRunFolder(parent: string, scenarioFile: string, now = new Date()): RunFolder {
  mkdirSync(parent, { recursive: true });
  const stamp = now.toISOString().replaceAll(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const name = `${stamp}-${nameOf(scenarioFile)}`;
  for (let count = 1; ; count++) {
    const id = count === 1 ? name : `${name}-${count}`;
    const path = join(parent, id);
    try {
      mkdirSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    return {
      id,
      path,
      history: join(path, "history.ndjson"),
      samples: join(path, "samples.ndjson"),
      faults: join(path, "faults.jsonl"),
      heapGrowth: join(path, "heap-growth.json"),
      record: join(path, "run.json"),
      logs: join(path, "logs"),
    };
  }
}
