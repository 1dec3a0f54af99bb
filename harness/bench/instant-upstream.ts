import { request } from "undici";
import { EnvironmentError } from "../util/errors.ts";

/** Answers to the polls of a job, by the beginning of their paths. */
const finished = {
  "/stt/v1/async/transcripts": {
    status: "transcribed",
    progress: 100,
    sttResults: [{ transcript: "The quick brown fox jumps over the lazy dog." }],
  },
  "/nlp/v1/async/summaries": { status: "summarized", progress: 100, summary: "A fox jumps over a dog." },
};

/**
 * Makes the stub of the upstream finish every job at once: what is then measured is not how long it pretends to work.
 * @throws EnvironmentError when it refuses.
 */
export async function finishJobsAtOnce(upstreamUrl: string): Promise<void> {
  const mappings = Object.entries(finished).map(([path, body]) => ({
    priority: 1, // before the stub's own
    request: { method: "GET", urlPathTemplate: `${path}/{id}` },
    response: { status: 200, jsonBody: body },
  }));
  const response = await request(new URL("/__admin/mappings/import", upstreamUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ mappings }),
  });
  const text = await response.body.text();
  if (response.statusCode !== 200) {
    throw new EnvironmentError(
      `the stub of the upstream at ${upstreamUrl} took no mappings: ${response.statusCode} ${text.slice(0, 200)}`,
    );
  }
}
