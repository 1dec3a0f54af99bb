import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BenchedService, chunk } from "../benched-service.ts";
import type { BenchContext, Benchmark, Comparison, Samples } from "../benchmark.ts";
import { closedLoop, loopSamples } from "../closed-loop.ts";
import { bareExpress } from "../environment.ts";
import { connections, HttpTarget } from "../http-target.ts";
import { ServerProcess } from "../server-process.ts";

const forMs = 2_000;
const warmUpMs = 500;

const comparisons = (what: string, ours: string, baseline: string): Comparison[] => [
  { what: `${what}, a second`, unit: "ops/s", better: "more", ours, baseline },
  {
    what: `${what}, 95th percentile`,
    unit: "ms",
    better: "less",
    ours: `${ours} p95`,
    baseline: `${baseline} p95`,
  },
];

/** How fast recordings start and chunks are accepted. */
export const serviceWrites: Benchmark = {
  name: "service-writes",
  about:
    `starts, and chunks of ${chunk.length / 1024} KiB, ${connections} connections; baselines: an Express route that ` +
    "only answers, and one that reads the chunk and syncs it to a file",
  rounds: 3,
  comparisons: [
    ...comparisons("start", "start", "bare answer"),
    ...comparisons("chunk", "chunk", "bare fsync"),
  ],
  bounds: [
    { what: "start, 95th percentile", unit: "ms", ours: "start p95", limit: 1_000 },
    { what: "chunk, 95th percentile", unit: "ms", ours: "chunk p95", limit: 500 },
  ],
  open: async (context, stack) => {
    // Nobody ends these recordings: their encodings would be in the way of later rounds.
    const service = await BenchedService.start(context, stack, { STT_HEARTBEAT_TTL_MS: "3600000" });
    const folder = await mkdtemp(join(tmpdir(), "faultline-bench-"));
    stack.defer(() => rm(folder, { recursive: true }));
    const server = stack.use(
      await ServerProcess.start(bareExpress, context.signal, { STT_AUDIO_DIR: folder }),
    );
    const bare = stack.use(new HttpTarget(`http://${server.address}`));
    return [
      {
        name: "service",
        measure: async () => ({
          ...(await loop("start", () => service.startRecording(), context)),
          ...(await chunksOf(service, context)),
        }),
      },
      {
        name: "bare routes",
        measure: async () => ({
          ...(await loop("bare answer", () => bare.post("/recordings"), context)),
          ...(await loop("bare fsync", () => bare.post("/chunks", chunk), context)),
        }),
      },
    ];
  },
};

/** Every user sends the chunks of a recording of its own. */
async function chunksOf(service: BenchedService, context: BenchContext): Promise<Samples> {
  const users = await Promise.all(
    Array.from({ length: connections }, async () => ({ id: await service.startRecording(), seq: 0 })),
  );
  return loop(
    "chunk",
    async (number) => {
      const user = users[number];
      if (user) await service.sendChunk(user.id, user.seq++);
    },
    context,
  );
}

/** Measures a while, after a while that does not count: code not yet compiled, folders not yet made. */
async function loop(
  name: string,
  request: (user: number) => Promise<unknown>,
  { signal }: BenchContext,
): Promise<Samples> {
  await closedLoop({ users: connections, forMs: warmUpMs, signal }, request);
  return loopSamples(name, await closedLoop({ users: connections, forMs, signal }, request));
}
