import { leaks } from "../../harness/checkers/leaks.ts";
import type { SampleChecker } from "../../harness/checkers/sample-checker.ts";
import type { Duration } from "../../harness/util/duration.ts";

const mib = 1024 ** 2;

/** The instances of `quickStt`. */
export const instances = ["stt-1", "stt-2"];

/**
 * What may not grow in an instance under a load that does not, with what is borne an hour: less than what would end it within days.
 * What grows with what is kept is left out: disks (rows, logs), and the memory of Redis until its first keys expire.
 * Memory is judged by the heap that is left after a collection, and by all that is resident: a leak outside of the heap shows only there.
 */
const bounds: Readonly<Record<string, { readonly perHour: number; readonly limit?: number }>> = {
  heap_after_gc_bytes: { perHour: 4 * mib, limit: 2_048 * mib },
  external_bytes: { perHour: 4 * mib },
  rss_bytes: { perHour: 32 * mib, limit: 2_560 * mib },
  open_files: { perHour: 20, limit: 1_024 },
  sockets: { perHour: 20 },
  threads: { perHour: 5 },
  active_resources: { perHour: 60 },
  database_pool: { perHour: 5 },
  event_loop_lag_seconds: { perHour: 0.05 },
  stage_seconds: { perHour: 0.005 },
};

/** Connections that a server has may grow by so many an hour: Redis, PostgreSQL and Kafka see what their clients forget. */
const connectionsPerHour = 20;

/** So many records an hour may a group fall behind. */
const lagPerHour = 600;

/** Everything that leaks, judged after the warm-up; the topology is to have `diagnostics`. */
export const noLeaks = (warmUp: Duration): SampleChecker =>
  leaks([
    ...Object.entries(bounds).map(([metric, bound]) => ({ metric, nodes: instances, warmUp, ...bound })),
    { metric: "connections", warmUp, perHour: connectionsPerHour },
    { metric: "consumer_lag", warmUp, perHour: lagPerHour },
  ]);
