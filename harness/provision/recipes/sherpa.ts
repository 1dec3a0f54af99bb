import { createRequire } from "node:module";
import type { SpeechFiles } from "./speech.ts";

/** The part of `sherpa-onnx-node` that is used; it is installed by provisioning and no dependency of this package. */
export interface Sherpa {
  readonly OfflineRecognizer: {
    createAsync(config: unknown): Promise<OfflineRecognizer>;
  };
  readonly Vad: new (config: unknown, bufferSeconds: number) => Vad;
  readWave(file: string): Waveform;
}

/** Mono audio: samples within -1..1. */
export interface Waveform {
  readonly sampleRate: number;
  readonly samples: Float32Array;
}

/** Recognises one stream's audio as a whole. */
export interface OfflineRecognizer {
  createStream(): { acceptWaveform(waveform: Waveform): void };
  /** Works on a thread of Node's pool. A failure inside gives an empty text, and a line on standard error. */
  decodeAsync(stream: object): Promise<{ readonly text: string }>;
}

/** Finds the stretches of speech in audio that is given bit by bit. */
export interface Vad {
  acceptWaveform(samples: Float32Array): void;
  /** Whether it is within a stretch. */
  isDetected(): boolean;
  /** Ends the stretch at hand. */
  flush(): void;
  isEmpty(): boolean;
  /** @param external false: the samples are a copy. `start` is counted in samples. */
  front(external: boolean): { readonly start: number; readonly samples: Float32Array };
  pop(): void;
  clear(): void;
  reset(): void;
}

/** Loads the native library. */
export function loadSherpa(files: SpeechFiles): Sherpa {
  return createRequire(import.meta.url)(files.library) as Sherpa;
}

/** The recogniser of English speech, on one thread. */
export function createRecognizer(sherpa: Sherpa, files: SpeechFiles): Promise<OfflineRecognizer> {
  return sherpa.OfflineRecognizer.createAsync({
    modelConfig: {
      moonshine: { encoder: files.encoder, mergedDecoder: files.decoder },
      tokens: files.tokens,
      numThreads: 1,
    },
  });
}
