import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BenchedService, chunk } from "../benched-service.ts";
import type { BenchContext, Benchmark } from "../benchmark.ts";
import { closedLoop } from "../closed-loop.ts";
import { bareExpress } from "../environment.ts";
import { connections, HttpTarget } from "../http-target.ts";
import { finishJobsAtOnce } from "../instant-upstream.ts";
import { ServerProcess } from "../server-process.ts";

const loadMs = 5_000;
const sampleEveryMs = 50;
/** Chunks of a recording under load. */
const chunks = 4;
/** A round must not leave work to the next one's new instance, so users wait for their texts, and not for long. */
const retryDelayMs = 100;

/** The resident memory of an instance of the service. */
export const serviceMemory: Benchmark = {
  name: "service-memory",
  about:
    `resident memory of a new instance: idle, and the most of ${loadMs / 1_000} s in which ${connections} users record ` +
    "and convert, again and again; baseline: a bare Express server with requests like theirs",
  rounds: 3,
  comparisons: [
    { what: "idle", unit: "bytes", better: "less", ours: "idle", baseline: "bare idle" },
    { what: "under load", unit: "bytes", better: "less", ours: "under load", baseline: "bare under load" },
  ],
  open: async (context, stack) => {
    const service = await BenchedService.start(context, stack, { STT_RETRY_DELAY_MS: String(retryDelayMs) });
    await finishJobsAtOnce(service.topology.upstreamUrl);
    const folder = await mkdtemp(join(tmpdir(), "faultline-bench-"));
    stack.defer(() => rm(folder, { recursive: true }));
    return [
      {
        name: "service",
        measure: async () => {
          const { instance } = service;
          await instance.stop();
          await instance.start();
          const resident = () => instance.usage()?.rssBytes ?? 0;
          const idle = resident();
          const most = await mostWhile(resident, () => load(context, () => record(service)));
          return { idle: [idle], "under load": [most] };
        },
      },
      {
        name: "bare",
        measure: async () => {
          await using server = await ServerProcess.start(bareExpress, context.signal, {
            STT_AUDIO_DIR: folder,
          });
          await using bare = new HttpTarget(`http://${server.address}`);
          await bare.get("/status"); // now it is ready, as the instance is
          const resident = () => server.residentBytes();
          const idle = resident();
          const most = await mostWhile(resident, () => load(context, () => recordBare(bare)));
          return { "bare idle": [idle], "bare under load": [most] };
        },
      },
    ];
  },
};

async function record(service: BenchedService): Promise<void> {
  const id = await service.startRecording();
  for (let seq = 0; seq < chunks; seq++) await service.sendChunk(id, seq, seq === chunks - 1);
  await service.reaches(id, "ENCODED");
  await service.requestTranscription(id);
  await service.reaches(id, "COMPLETED");
}

async function recordBare(bare: HttpTarget): Promise<void> {
  await bare.post("/recordings");
  for (let seq = 0; seq < chunks; seq++) await bare.post("/chunks", chunk);
  await bare.get("/status");
  await bare.post("/recordings");
}

async function load({ signal }: BenchContext, recordOnce: () => Promise<void>): Promise<void> {
  await closedLoop({ users: connections, forMs: loadMs, signal }, recordOnce);
}

/** The greatest value seen while some work is done. */
async function mostWhile(value: () => number, work: () => Promise<void>): Promise<number> {
  let most = value();
  const sampler = setInterval(() => {
    most = Math.max(most, value());
  }, sampleEveryMs);
  try {
    await work();
  } finally {
    clearInterval(sampler);
  }
  return most;
}
