import { Rate, Trend } from "k6/metrics";

const milliseconds = true;

/** Requests that were answered as they should be, by the names of a run's thresholds (docs/checkers.md); without connecting. */
export const startDuration = new Trend("stt_start_duration", milliseconds);
export const chunkDuration = new Trend("stt_chunk_duration", milliseconds);
export const statusDuration = new Trend("stt_status_duration", milliseconds);
/** From when a recording was begun to the first sight of COMPLETED. */
export const completionDuration = new Trend("stt_completion_duration", milliseconds);
/** The share of recordings that did not end COMPLETED. */
export const recordingFailed = new Rate("stt_failed");
