import type { SpeechProvider } from "../provider/speech-provider.ts";
import type { AudioStore } from "../storage/audio-store.ts";
import { stageMessage } from "./messages.ts";
import type { UpstreamJob } from "./upstream-stage.ts";

/** PROCESSING -> SUMMARIZING: the WAV becomes text. */
export function transcriptionJob(provider: SpeechProvider, audio: AudioStore): UpstreamJob {
  return {
    stage: "processing",
    rid: (row) => row.sttRid,
    submit: async (row) => provider.submitTranscription(row.id, await audio.openWav(row.id)),
    poll: (rid) => provider.transcription(rid),
    submitted: (sttRid) => ({ sttRid }),
    finished: (text) => ({ to: "SUMMARIZING", findings: { text, progress: 100 } }),
    next: (row) => [stageMessage("summarizing", row)],
  };
}

/** SUMMARIZING -> COMPLETED: the text becomes a summary. */
export function summaryJob(provider: SpeechProvider): UpstreamJob {
  return {
    stage: "summarizing",
    rid: (row) => row.summaryRid,
    submit: (row) => provider.submitSummary(row.id, row.text ?? ""),
    poll: (rid) => provider.summary(rid),
    submitted: (summaryRid) => ({ summaryRid }),
    finished: (summary) => ({ to: "COMPLETED", findings: { summary } }),
    next: () => [],
  };
}
