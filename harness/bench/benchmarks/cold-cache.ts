import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Benchmark } from "../benchmark.ts";
import { startReference } from "../reference-start.ts";

/** What a first start costs, when everything is still to be downloaded and built. Needs registries and minutes. */
export const coldCache: Benchmark = {
  name: "cold-cache",
  about:
    "the reference topology from an empty Faultline cache (the package managers' own caches are as they are); " +
    "baseline: the same with the user's cache",
  rounds: 1,
  comparisons: [
    {
      what: "components installed",
      unit: "ms",
      better: "less",
      ours: "cold install",
      baseline: "warm install",
    },
    { what: "whole topology", unit: "ms", better: "less", ours: "cold start", baseline: "warm start" },
  ],
  open: async (context) => [
    {
      name: "empty cache",
      measure: async () => {
        const cache = await mkdtemp(join(tmpdir(), "faultline-bench-cache-"));
        await chmod(cache, 0o755); // PostgreSQL's unprivileged user must reach it
        try {
          const { provisionedMs, readyMs } = await startReference(context, cache);
          return { "cold install": [provisionedMs], "cold start": [readyMs] };
        } finally {
          await rm(cache, { recursive: true, force: true });
        }
      },
    },
    {
      name: "warm cache",
      measure: async () => {
        const { provisionedMs, readyMs } = await startReference(context);
        return { "warm install": [provisionedMs], "warm start": [readyMs] };
      },
    },
  ],
};
