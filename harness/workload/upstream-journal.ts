import pLimit from "p-limit";
import { request } from "undici";
import { z } from "zod";
import type { OkValue } from "../history/transcription-operations.ts";
import { forgetRefused } from "../topology/daglo-modes.ts";

const paths = { submissions: "/stt/v1/async/transcripts", summaries: "/nlp/v1/async/summaries" } as const;
const counted = z.object({ count: z.int(), requestJournalDisabled: z.boolean() });
const TIMEOUT_MS = 10_000;
const AT_ONCE = 4;

/**
 * Counts, in the upstream's (WireMock's) own journal, the posts for each recording by their `Idempotency-Key`; not
 * those that it refused in one of its modes. The journal holds every body, so it is asked for counts, and not read.
 * @throws Error when the journal cannot be asked, or is switched off.
 */
export async function countSubmissions(
  upstreamUrl: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<OkValue<"upstream">> {
  await forgetRefused(upstreamUrl);
  const limit = pLimit(AT_ONCE);
  const perRecording = async (path: string) => {
    const counts = await limit.map([...ids], async (id): Promise<[string, number]> => {
      return [id, await countPosts(upstreamUrl, { path, key: id, signal })];
    });
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  };
  const submissions = await perRecording(paths.submissions);
  const summaries = await perRecording(paths.summaries);
  const known = [...Object.values(submissions), ...Object.values(summaries)].reduce((sum, n) => sum + n, 0);
  const all =
    (await countPosts(upstreamUrl, { path: paths.submissions, signal })) +
    (await countPosts(upstreamUrl, { path: paths.summaries, signal }));
  return { submissions, summaries, unattributed: all - known };
}

async function countPosts(
  upstreamUrl: string,
  { path, key, signal }: { path: string; key?: string; signal: AbortSignal },
): Promise<number> {
  const response = await request(new URL("/__admin/requests/count", upstreamUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      method: "POST",
      urlPath: path,
      ...(key === undefined ? {} : { headers: { "Idempotency-Key": { equalTo: key } } }),
    }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  const text = await response.body.text();
  if (response.statusCode !== 200) {
    throw new Error(`the upstream's journal answered ${response.statusCode}: ${text.slice(0, 200)}`);
  }
  const { count, requestJournalDisabled } = counted.parse(JSON.parse(text));
  if (requestJournalDisabled) throw new Error("the upstream keeps no journal");
  return count;
}
