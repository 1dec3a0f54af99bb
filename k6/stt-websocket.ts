import { check } from "k6";
import { vu } from "k6/execution";
import { clearTimeout, setTimeout } from "k6/timers";
import { tokenOf } from "./lib/auth.ts";
import { noteOfferedRate } from "./lib/breakpoint.ts";
import { messageLatency, receiptDuration } from "./lib/live-metrics.ts";
import { LiveSession } from "./lib/live-session.ts";
import { completionDuration, recordingFailed } from "./lib/metrics.ts";
import { shapeOf } from "./lib/profiles.ts";
import { report } from "./lib/report.ts";
import { assertProfileOfTag, optionsOf, settings } from "./lib/script.ts";
import { chunksOf } from "./lib/speech.ts";
import { speech } from "./lib/speech-file.ts";
import { hasReached } from "./lib/statuses.ts";
import type { SummaryData } from "./lib/summary.ts";
import { liveBounds } from "./lib/thresholds.ts";

/** As in stt-load.ts. */
const recordingSeconds = 6;
const heartbeatMs = 1_000;
const stageWithinMs = 30_000;

const shape = shapeOf(settings, recordingSeconds);

export const options = optionsOf(liveBounds, shape);

export function setup(): void {
  assertProfileOfTag();
  tokenOf(settings);
}

/** Records once over STOMP, and is told of each change of the recording's status (docs/service/live.md). */
export default async function record(): Promise<void> {
  noteOfferedRate(shape.scenario);
  const began = Date.now();
  let session: LiveSession | undefined;
  let failure: string | undefined;
  try {
    session = await LiveSession.open(vu.idInTest + vu.iterationInInstance);
    await transcribe(session);
    completionDuration.add(Date.now() - began);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
    console.warn(failure);
  } finally {
    await session?.close();
  }
  check(session, { connected: (it) => it !== undefined });
  check(failure, { completed: (it) => it === undefined });
  recordingFailed.add(failure !== undefined);
}

export const handleSummary = (data: SummaryData) => report("stt-websocket", data);

async function transcribe(session: LiveSession): Promise<void> {
  const key = `${vu.idInTest}-${vu.iterationInInstance}-${Date.now()}`;
  const { id } = (await session.request("/app/stt/start", { "idempotency-key": key })) as { id: string };
  const updates = new Updates(session, id);
  const chunks = chunksOf(speech, Math.random(), settings.chunks, settings.chunkMs);
  let alive = Date.now();
  for (const [seq, chunk] of chunks.entries()) {
    await pause(settings.chunkMs);
    if (Date.now() >= alive + heartbeatMs) {
      alive = Date.now();
      await session.request(`/app/stt/${id}/heartbeat`);
    }
    const last = seq === chunks.length - 1;
    const headers = { seq: String(seq), finish: String(last), "content-type": "application/octet-stream" };
    const sent = Date.now();
    if (last) updates.expect("ENCODING");
    await session.request(`/app/stt/${id}/chunk`, headers, chunk);
    receiptDuration.add(Date.now() - sent);
  }
  await updates.until("ENCODED");
  updates.expect("PROCESSING");
  await session.request(`/app/stt/${id}/transcription`);
  await updates.until("COMPLETED");
}

type Wanted = Parameters<typeof hasReached>[1];

/** What a subscription tells of a recording. */
class Updates {
  #status = "RECORDING";
  /** The change that this user has just asked for, and when. */
  #expected: { readonly status: Wanted; readonly since: number } | undefined;
  #lost: Error | undefined;
  /** Wakes who waits. */
  #changed: () => void = () => {};

  constructor(session: LiveSession, id: string) {
    session.subscribe(`/topic/stt/${id}`, (body) => this.#learn(body));
    session.onOver = (why) => {
      this.#lost = why;
      this.#changed();
    };
  }

  /** The next message that shows this status, or a later one, tells of what is sent now. */
  expect(status: Wanted): void {
    this.#expected = { status, since: Date.now() };
  }

  /** @throws Error when the recording FAILED, the connection ended, or it takes more than half a minute. */
  async until(wanted: Wanted): Promise<void> {
    const until = Date.now() + stageWithinMs;
    while (!hasReached(this.#status, wanted)) {
      if (this.#lost !== undefined) throw this.#lost;
      const left = until - Date.now();
      if (left <= 0) throw new Error(`still ${this.#status}, and not ${wanted}, after ${stageWithinMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#changed = () => {
          clearTimeout(timer); // a timer that is left keeps the iteration from ending
          resolve();
        };
      });
    }
    if (this.#status === "FAILED") throw new Error(`it FAILED before it was ${wanted}`);
  }

  #learn(body: unknown): void {
    this.#status = String((body as { status?: unknown } | undefined)?.status);
    const expected = this.#expected;
    if (expected !== undefined && hasReached(this.#status, expected.status)) {
      messageLatency.add(Date.now() - expected.since);
      this.#expected = undefined;
    }
    this.#changed();
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
