import pLimit from "p-limit";
import { z } from "zod";
import { BenchedService, chunk } from "../benched-service.ts";
import type { Benchmark } from "../benchmark.ts";
import { timed } from "../connection.ts";
import { connections, HttpTarget } from "../http-target.ts";
import { finishJobsAtOnce } from "../instant-upstream.ts";

const burst = 200;
const warmUp = 30;
/** Between two calls upstream for a recording. In production 2 s, which would be most of what is measured here. */
const retryDelayMs = 20;

/** How many transcriptions a second go through the pipeline. */
export const servicePipeline: Benchmark = {
  name: "service-pipeline",
  about:
    `${burst} encoded recordings converted at once, until all are COMPLETED, with an upstream that finishes at once; ` +
    `baseline: the same calls upstream and nothing else, ${connections} recordings at a time`,
  rounds: 3,
  comparisons: [
    {
      what: "transcriptions a second",
      unit: "ops/s",
      better: "more",
      ours: "pipeline",
      baseline: "bare upstream calls",
    },
    {
      what: "accepted to encoded, recordings a second",
      unit: "ops/s",
      better: "more",
      ours: "encoded",
    },
  ],
  open: async (context, stack) => {
    const service = await BenchedService.start(context, stack, { STT_RETRY_DELAY_MS: String(retryDelayMs) });
    const { upstreamUrl } = service.topology;
    await finishJobsAtOnce(upstreamUrl);
    const upstream = stack.use(new HttpTarget(upstreamUrl));
    await convertAll(service, await service.encoded(warmUp));
    return [
      {
        name: "pipeline",
        measure: async () => {
          let ids: string[] = [];
          const encodedMs = await timed(async () => {
            ids = await service.encoded(burst);
          });
          const convertedMs = await timed(() => convertAll(service, ids));
          return { encoded: [(burst * 1_000) / encodedMs], pipeline: [(burst * 1_000) / convertedMs] };
        },
      },
      {
        name: "bare upstream calls",
        measure: async () => {
          const limit = pLimit(connections);
          const ms = await timed(() =>
            Promise.all(Array.from({ length: burst }, () => limit(() => callUpstream(upstream)))),
          );
          return { "bare upstream calls": [(burst * 1_000) / ms] };
        },
      },
    ];
  },
};

async function convertAll(service: BenchedService, ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => service.requestTranscription(id)));
  // One by one: the last one's end is the end of all, and reading statuses is not what is measured.
  for (const id of ids) await service.reaches(id, "COMPLETED");
}

const submitted = z.union([
  z.object({ rid: z.string() }).transform(({ rid }) => rid),
  z.object({ summaryRid: z.string() }).transform(({ summaryRid }) => summaryRid),
]);

/** What the service asks of the upstream for one recording. */
async function callUpstream(upstream: HttpTarget): Promise<void> {
  for (const [path, body] of [
    ["/stt/v1/async/transcripts", chunk],
    ["/nlp/v1/async/summaries", JSON.stringify({ text: "The quick brown fox jumps over the lazy dog." })],
  ] as const) {
    const id = submitted.parse(JSON.parse(await upstream.post(path, body)));
    await upstream.get(`${path}/${id}`);
  }
}
