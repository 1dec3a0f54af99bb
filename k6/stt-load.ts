import { check, sleep } from "k6";
import { vu } from "k6/execution";
import http, { type RefinedResponse, type ResponseType } from "k6/http";
import type { Trend } from "k6/metrics";
import { tokenOf } from "./lib/auth.ts";
import { noteOfferedRate } from "./lib/breakpoint.ts";
import {
  chunkDuration,
  completionDuration,
  recordingFailed,
  startDuration,
  statusDuration,
} from "./lib/metrics.ts";
import { shapeOf } from "./lib/profiles.ts";
import { report } from "./lib/report.ts";
import { assertProfileOfTag, optionsOf, settings } from "./lib/script.ts";
import { byTurns } from "./lib/settings.ts";
import { chunksOf } from "./lib/speech.ts";
import { speech } from "./lib/speech-file.ts";
import { hasReached } from "./lib/statuses.ts";
import type { SummaryData } from "./lib/summary.ts";
import { httpBounds } from "./lib/thresholds.ts";

/** A recording takes about so long on a service that is well: its audio, and then the pipeline with its pauses. */
const recordingSeconds = 6;
const heartbeatMs = 1_000;
const pollMs = 500;
/** A recording that has not come so far by then is given up. */
const stageWithinMs = 30_000;
/** One request. */
const timeout = "5s";

const shape = shapeOf(settings, recordingSeconds);

export const options = optionsOf(httpBounds, shape);

export function setup(): void {
  assertProfileOfTag();
  tokenOf(settings); // says at once when there is none
}

/** Records once by HTTP, as an app would (docs/service/api.md). */
export default function record(): void {
  noteOfferedRate(shape.scenario);
  recordingFailed.add(!transcribe({ Authorization: `Bearer ${tokenOf(settings)}` }));
}

export const handleSummary = (data: SummaryData) => report("stt-load", data);

type Headers = Record<string, string>;
type Response = RefinedResponse<ResponseType | undefined>;

/** What is refused ends the recording, and is not repeated. @returns whether there is a text in the end. */
function transcribe(headers: Headers): boolean {
  const began = Date.now();
  const id = start(headers);
  if (id === undefined || !upload(id, headers) || !reaches(id, "ENCODED", headers)) return false;
  if (!answered(post(`${id}/transcription`, "transcription", null, headers), 202, "transcription"))
    return false;
  if (!reaches(id, "COMPLETED", headers)) return false;
  completionDuration.add(Date.now() - began);
  const result = get(id, "result", headers);
  if (!answered(result, 200, "result")) return false;
  return check(result, { "result has a text": () => typeof field(result, "text") === "string" });
}

/** Of one instance: users take them by turns, from one recording to the next. */
const recordings = (): string =>
  `${byTurns(settings.baseUrls, vu.idInTest + vu.iterationInInstance)}/api/stt/recordings`;

/** @param name of the route, so that k6 does not make a series of each recording's URL. */
function post(path: string, name: string, body: ArrayBuffer | null, headers: Headers): Response {
  const url = path === "" ? recordings() : `${recordings()}/${path}`;
  return http.post(url, body, { headers, timeout, tags: { name } });
}

const get = (path: string, name: string, headers: Headers): Response =>
  http.get(`${recordings()}/${path}`, { headers, timeout, tags: { name } });

function start(headers: Headers): string | undefined {
  const response = post("", "start", null, headers);
  if (!answered(response, 201, "start", startDuration)) return undefined;
  const id = field(response, "id");
  return check(id, { "start has an id": (value) => typeof value === "string" && value !== "" })
    ? String(id)
    : undefined;
}

/** Sends each chunk when the microphone has filled it, the last one with the finish. */
function upload(id: string, headers: Headers): boolean {
  const audio = { ...headers, "Content-Type": "application/octet-stream" };
  const chunks = chunksOf(speech, Math.random(), settings.chunks, settings.chunkMs);
  let alive = Date.now();
  for (const [seq, chunk] of chunks.entries()) {
    sleep(settings.chunkMs / 1_000);
    if (Date.now() >= alive + heartbeatMs) {
      alive = Date.now();
      answered(post(`${id}/heartbeat`, "heartbeat", null, headers), 204, "heartbeat");
    }
    const last = seq === chunks.length - 1;
    const response = post(
      `${id}/chunks?seq=${seq}&finish=${last}`,
      last ? "finish" : "chunk",
      bufferOf(chunk),
      audio,
    );
    if (!answered(response, 202, last ? "finish" : "chunk", last ? undefined : chunkDuration)) return false;
  }
  return true;
}

/** Polls until the recording has come to a status. */
function reaches(id: string, wanted: "ENCODED" | "COMPLETED", headers: Headers): boolean {
  const until = Date.now() + stageWithinMs;
  let status = "";
  while (!hasReached(status, wanted) && Date.now() < until) {
    sleep(pollMs / 1_000);
    const response = get(`${id}/status`, "status", headers);
    if (!answered(response, 200, "status", statusDuration)) return false;
    status = String(field(response, "status"));
  }
  return check(status, {
    [`is ${wanted} in time`]: (now) => now !== "FAILED" && hasReached(now, wanted),
  });
}

/** Whether an answer is the wanted one: only those count in the metric of their kind. */
function answered(response: Response, status: number, name: string, duration?: Trend): boolean {
  const well = check(response, { [`${name} is ${status}`]: ({ status: got }) => got === status });
  if (well) duration?.add(response.timings.duration);
  else if (vu.iterationInInstance === 0)
    console.warn(`${name}: ${response.status} ${response.error} ${response.body ?? ""}`);
  return well;
}

/** A member of a JSON answer; undefined where there is none. */
function field(response: Response, name: string): unknown {
  try {
    return response.json(name);
  } catch {
    return undefined;
  }
}

const bufferOf = (chunk: Uint8Array): ArrayBuffer => new Uint8Array(chunk).buffer;
