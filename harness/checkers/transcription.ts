import type { HistoryEvent, Operation } from "../history/event.ts";
import { pairOperations } from "../history/operations.ts";
import { requeue } from "../history/requeue-operations.ts";
import {
  chunksMissing,
  hasEnded,
  type OkValue,
  okValue,
  okValues,
  rankOf,
  statedState,
} from "../history/transcription-operations.ts";
import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";
import { anomaly, resultOf } from "./result.ts";
import type { Anomaly, Checker, CheckResult } from "./verdict.ts";

export interface TranscriptionOptions {
  /**
   * An accepted recording may end FAILED (from the DLT); it is then only counted. Default false. With `atLeast`, fewer than
   * so many leave it open whether the service gives up at all.
   */
  readonly mayFail?: boolean | { readonly atLeast: number };
  /** How soon a recording whose user has fallen silent (`silence`) has to be seen to be over; default: in the end only. */
  readonly silenceEndsWithin?: Duration;
}

/**
 * What the service promised, against what fresh clients read in the end. A recording whose finish was acknowledged
 * is encoded, one whose conversion was acknowledged (*accepted*) completes with text and summary:
 *
 * - `lost-recording`: an acknowledged step left no trace (unknown, or in a state before it)
 * - `stuck-recording`: it is still on its way in the end
 * - `failed-recording`: it ended FAILED (see `mayFail`)
 * - `missing-result`: COMPLETED without text or summary
 * - `lost-chunk`, `duplicate-chunk`, `chunk-out-of-order`: acknowledged chunks against the WAV
 * - `silence-unheard`: a recording was still RECORDING for too long after its user had fallen silent (see `silenceEndsWithin`)
 * - `state-went-backwards`: of one recording, a later read showed an earlier state, or another end, and nobody had requeued it
 *
 * Nothing accepted, a final read missing, or fewer FAILED than `mayFail` asks for: inconclusive.
 */
export function transcription(options: TranscriptionOptions = {}): Checker {
  return { name: "transcription", check: (events) => check(events, options) };
}

/** What the history holds of one recording. */
interface Recording {
  readonly id: string;
  /** Acknowledgements by sequence number, first ones. */
  readonly chunks: Map<number, HistoryEvent>;
  /** Refused finishes that named missing chunks. */
  readonly refusals: Operation[];
  /** The finish was acknowledged, or its user fell silent: either ends it. */
  finished?: HistoryEvent;
  converted?: HistoryEvent;
  result?: { event: HistoryEvent; value: OkValue<"result"> };
  wav?: { event: HistoryEvent; value: OkValue<"wav"> };
  /** Answered operations that state the recording's state, by completion. */
  readonly answers: (Operation & { completion: HistoryEvent })[];
  /** What a subscription told of it, likewise. */
  readonly updates: (Operation & { completion: HistoryEvent })[];
  /** An administrator asked to bring it back from FAILED, and was not refused. */
  readonly requeues: HistoryEvent[];
}

function check(events: readonly HistoryEvent[], options: TranscriptionOptions): CheckResult {
  const recordings = collect(events);
  const finished = recordings.filter((recording) => recording.finished);
  const accepted = finished.filter((recording) => recording.converted);
  const withStatus = (status: string) => accepted.filter(({ result }) => result?.value.status === status);
  const failed = withStatus("FAILED");
  const unread = finished.filter(({ result }) => !result);
  const unheard = finished.filter(({ wav }) => !wav);
  const failing = typeof options.mayFail === "object" ? options.mayFail.atLeast : 0;

  const losses = finished.map((recording) => [...judgeEnd(recording, options), ...judgeAudio(recording)]);

  return resultOf("transcription", {
    anomalies: [
      ...losses.flat(),
      ...recordings.flatMap(judgeRefusals),
      ...recordings.flatMap((recording) => judgeSilence(recording, options)),
      ...recordings.flatMap(({ id, answers, updates, requeues }) => [
        ...judgeStates(id, answers, requeues),
        ...judgeStates(id, updates, requeues),
      ]),
    ],
    gaps: [
      ...(accepted.length === 0 ? ["no recording was accepted, so nothing was promised"] : []),
      ...(failed.length < failing ? [`${failed.length} recording(s) ended FAILED, needs ${failing}`] : []),
      ...gap(unread, "was never read in the end"),
      ...gap(unheard, "has no final read of its WAV"),
    ],
    passedReason:
      `all ${accepted.length} accepted recordings ended` +
      `${failed.length > 0 ? ` (${failed.length} FAILED)` : " COMPLETED"}, every acknowledged chunk in its WAV`,
    counts: {
      recordings: recordings.length,
      finished: finished.length,
      accepted: accepted.length,
      completed: withStatus("COMPLETED").length,
      failed: failed.length,
      /** Recordings of which acknowledged work is missing in the end. */
      lost: losses.filter((anomalies) => anomalies.length > 0).length,
      unread: unread.length,
      acknowledgedChunks: finished.reduce((sum, { chunks }) => sum + chunks.size, 0),
    },
  });
}

function gap(recordings: readonly Recording[], what: string): string[] {
  const first = recordings[0];
  if (first === undefined) return [];
  return [`${recordings.length} acknowledged recording(s) without evidence: ${first.id} ${what}`];
}

function collect(events: readonly HistoryEvent[]): Recording[] {
  const recordings = new Map<string, Recording>();
  const recordingOf = (id: string): Recording => {
    const known: Recording = recordings.get(id) ?? {
      id,
      chunks: new Map(),
      refusals: [],
      answers: [],
      updates: [],
      requeues: [],
    };
    recordings.set(id, known);
    return known;
  };
  const ended = pairOperations(events)
    .flatMap(({ invoke, completion }) => (completion ? [{ invoke, completion }] : []))
    .sort((a, b) => a.completion.index - b.completion.index);

  for (const operation of ended) {
    const { completion: event } = operation;
    if (event.f === requeue && event.type !== "fail")
      recordingOf(event.key ?? "").requeues.push(operation.invoke);
    if (event.f === "finish" && event.type === "fail" && chunksMissing(event).length > 0) {
      recordingOf(event.key ?? "").refusals.push(operation);
    }
    if (event.type !== "ok") continue;
    if (event.f === "start") {
      recordingOf(okValue("start", event).id);
      continue;
    }
    if (event.f === "silence") recordingOf(event.key ?? "").finished ??= event;
    if (event.key === undefined || event.f === "upstream" || !Object.hasOwn(okValues, event.f)) continue;
    const recording = recordingOf(event.key);
    take(recording, event);
    if (statedState(event) === undefined) continue;
    // What a subscription tells may be overtaken by the answer to a request.
    if (event.f === "update") recording.updates.push(operation);
    else recording.answers.push(operation);
  }
  return [...recordings.values()];
}

/** Notes an ok answer in its recording. */
function take(recording: Recording, event: HistoryEvent): void {
  switch (event.f) {
    case "chunk":
    case "finish": {
      const { seq } = okValue(event.f, event);
      if (!recording.chunks.has(seq)) recording.chunks.set(seq, event);
      if (event.f === "finish") recording.finished ??= event;
      break;
    }
    case "convert":
      recording.converted ??= event;
      break;
    case "result":
      recording.result = { event, value: okValue("result", event) };
      break;
    case "wav":
      recording.wav = { event, value: okValue("wav", event) };
      break;
  }
}

function judgeEnd(recording: Recording, options: TranscriptionOptions): Anomaly[] {
  const { id, finished, converted, result } = recording;
  if (!finished || !result) return [];
  const { status, hasText, hasSummary, error } = result.value;
  const promise = converted ?? finished;
  const promised = promise.f === "silence" ? "its user fell silent" : `its ${promise.f} was acknowledged`;
  const found = (type: string, what: string) => [
    anomaly(type, `recording ${id} ${what}, but ${promised}`, [promise, result.event]),
  ];

  if (status === null) return found("lost-recording", "is unknown to the service");
  if (status === "FAILED") {
    return options.mayFail ? [] : found("failed-recording", `ended FAILED (${error ?? "no cause given"})`);
  }
  // The state that the acknowledged step led to; any earlier one means that the step was forgotten.
  if (rankOf(status) < rankOf(converted ? "PROCESSING" : "ENCODING")) {
    return found("lost-recording", `is ${status} in the end`);
  }
  if (rankOf(status) < rankOf(converted ? "COMPLETED" : "ENCODED")) {
    return found("stuck-recording", `is still ${status} in the end`);
  }
  if (status === "COMPLETED" && !(hasText && hasSummary)) {
    const missing = [hasText ? [] : "text", hasSummary ? [] : "summary"].flat().join(" and ");
    return found("missing-result", `is COMPLETED without ${missing}`);
  }
  return [];
}

function judgeAudio({ id, chunks, wav }: Recording): Anomaly[] {
  if (!wav) return [];
  const { present, bytes } = wav.value;
  const anomalies: Anomaly[] = [];
  const lost = [...chunks].filter(([seq]) => !present.includes(seq));
  if (lost.length > 0) {
    const seqs = lost.map(([seq]) => seq).join(", ");
    anomalies.push(
      anomaly(
        "lost-chunk",
        `chunk ${seqs} of recording ${id} was acknowledged and is not in its WAV (${bytes} bytes)`,
        [...lost.map(([, event]) => event).slice(0, 5), wav.event],
      ),
    );
  }
  const repeated = present.filter((seq, position) => present.indexOf(seq) !== position);
  if (repeated.length > 0) {
    anomalies.push(
      anomaly(
        "duplicate-chunk",
        `chunk ${repeated.join(", ")} is in the WAV of recording ${id} more than once`,
        [wav.event],
      ),
    );
  } else if (present.some((seq, position) => seq < (present[position - 1] ?? seq))) {
    anomalies.push(
      anomaly("chunk-out-of-order", `the WAV of recording ${id} holds its chunks as ${present.join(", ")}`, [
        wav.event,
      ]),
    );
  }
  return anomalies;
}

function judgeSilence(
  { id, finished, answers }: Recording,
  { silenceEndsWithin }: TranscriptionOptions,
): Anomaly[] {
  if (silenceEndsWithin === undefined || finished?.f !== "silence") return [];
  const latest = finished.time + milliseconds(silenceEndsWithin) * 1e6;
  const late = answers.findLast(
    ({ invoke, completion }) => invoke.time > latest && statedState(completion) === "RECORDING",
  );
  if (late === undefined) return [];
  const waited = formatDuration((late.invoke.time - finished.time) / 1e6);
  const message = `recording ${id} was still RECORDING ${waited} after its user had fallen silent`;
  return [anomaly("silence-unheard", message, [finished, late.invoke, late.completion])];
}

/** A finish refused for a chunk that had been acknowledged before: the chunk was lost, even if sent again later. */
function judgeRefusals({ id, chunks, refusals }: Recording): Anomaly[] {
  return refusals.flatMap(({ invoke, completion }) =>
    chunksMissing(completion ?? invoke).flatMap((seq) => {
      const acknowledged = chunks.get(seq);
      if (acknowledged === undefined || acknowledged.index > invoke.index) return [];
      return [
        anomaly(
          "lost-chunk",
          `chunk ${seq} of recording ${id} was acknowledged, then reported missing at finish`,
          [acknowledged, ...(completion ? [completion] : [])],
        ),
      ];
    }),
  );
}

function judgeStates(
  id: string,
  answers: Recording["answers"],
  requeues: readonly HistoryEvent[],
): Anomaly[] {
  let furthest: HistoryEvent | undefined;
  for (const { invoke, completion } of answers) {
    const state = statedState(completion);
    const known = furthest && statedState(furthest);
    if (state === undefined) continue;
    // A requeue brings a FAILED recording back: from there on it begins anew.
    const before = furthest;
    if (
      before &&
      known === "FAILED" &&
      requeues.some(({ index }) => index > before.index && index < completion.index)
    ) {
      furthest = completion;
      continue;
    }
    if (furthest && known) {
      const backwards =
        rankOf(state) < rankOf(known) || (hasEnded(state) && hasEnded(known) && state !== known);
      // Answers that overlap in time may come in any order.
      if (backwards && invoke.index > furthest.index) {
        const message = `recording ${id} was ${known}, and afterwards ${state}`;
        return [anomaly("state-went-backwards", message, [furthest, invoke, completion])];
      }
    }
    if (known === undefined || rankOf(state) > rankOf(known)) furthest = completion;
  }
  return [];
}
