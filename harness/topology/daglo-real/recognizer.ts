import {
  createRecognizer,
  loadSherpa,
  type OfflineRecognizer,
  type Sherpa,
  type Vad,
} from "../../provision/recipes/sherpa.ts";
import type { SpeechFiles } from "../../provision/recipes/speech.ts";
import { splitSpeech } from "./split.ts";
import { SAMPLE_RATE, Wav } from "./wav.ts";

/** Samples that the detector takes at once: the only number its model takes at 16 kHz. */
const WINDOW = 512;
/** About a second: what is read at once. */
const BLOCK = 32 * WINDOW;
/** Seconds of silence that end a stretch of speech. Shorter ones end many, and Moonshine invents words in scraps. */
const PAUSE_S = 0.5;
/** 0.2 s: the detector notices speech a little late, and Moonshine likes to hear it begin. Less than half a pause. */
const MARGIN = 0.2 * SAMPLE_RATE;
/** 30 s: a talker who does not pause is cut, so that the detector need not keep more. */
const WITHOUT_PAUSE = 30 * SAMPLE_RATE;

/** Samples from `from` up to, and without, `to`. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Turns the speech in a WAV file into text; empty when there is no speech in it. */
export interface Transcriber {
  /**
   * @param onProgress told the per cent of the audio that is done.
   * @throws the signal's reason when it aborts.
   */
  transcribe(wavFile: string, onProgress: (percent: number) => void, signal: AbortSignal): Promise<string>;
}

/**
 * English speech to text, offline: Silero finds the stretches of speech, and Moonshine writes down each. What is not
 * speech never reaches Moonshine, which hears "You" or "Thank you" in any noise. One file at a time.
 */
export class SpeechRecognizer implements Transcriber {
  readonly #recognizer: OfflineRecognizer;
  readonly #vad: Vad;

  private constructor(recognizer: OfflineRecognizer, vad: Vad) {
    this.#recognizer = recognizer;
    this.#vad = vad;
  }

  /** Loads library and models: about half a second. */
  static async load(files: SpeechFiles): Promise<SpeechRecognizer> {
    const sherpa = loadSherpa(files);
    return new SpeechRecognizer(await createRecognizer(sherpa, files), createDetector(sherpa, files));
  }

  async transcribe(
    wavFile: string,
    onProgress: (percent: number) => void,
    signal: AbortSignal,
  ): Promise<string> {
    await using wav = await Wav.open(wavFile);
    const texts: string[] = [];
    try {
      const onBlock = (percent: number) => {
        signal.throwIfAborted();
        onProgress(percent);
      };
      for await (const stretch of this.#speechIn(wav, onBlock)) {
        for (const piece of splitSpeech(await wav.read(stretch.from, stretch.to))) {
          signal.throwIfAborted();
          texts.push(await this.#recognize(piece));
        }
      }
    } finally {
      this.#vad.clear();
      this.#vad.reset();
    }
    return texts.filter((text) => text !== "").join(" ");
  }

  /** The stretches of speech, each with a little more at both ends; they do not overlap. */
  async *#speechIn(wav: Wav, onBlock: (percent: number) => void): AsyncGenerator<Stretch> {
    let given = 0;
    let quietAt = 0;
    let end = 0;
    while (given < wav.samples) {
      const block = await wav.read(given, Math.min(given + BLOCK, wav.samples));
      // Window by window: given more at once, it takes all of that for speech when any of it is.
      for (let at = 0; at < block.length; at += WINDOW) {
        this.#vad.acceptWaveform(block.subarray(at, at + WINDOW));
      }
      given += block.length;
      if (!this.#vad.isDetected()) quietAt = given;
      if (given === wav.samples || given - quietAt >= WITHOUT_PAUSE) this.#vad.flush();
      for (const { start, samples } of this.#found()) {
        const from = Math.max(end, start - MARGIN);
        const to = Math.min(wav.samples, start + samples.length + MARGIN);
        if (to <= from) continue; // the margin of the one before had all of it
        yield { from, to };
        end = to;
      }
      onBlock(Math.floor((100 * given) / wav.samples));
    }
  }

  /** What the detector has found since it was asked last. */
  *#found(): Generator<ReturnType<Vad["front"]>> {
    while (!this.#vad.isEmpty()) {
      const found = this.#vad.front(false);
      this.#vad.pop();
      yield found;
    }
  }

  async #recognize(samples: Float32Array): Promise<string> {
    const stream = this.#recognizer.createStream();
    stream.acceptWaveform({ sampleRate: SAMPLE_RATE, samples });
    return (await this.#recognizer.decodeAsync(stream)).text.trim();
  }
}

function createDetector(sherpa: Sherpa, files: SpeechFiles): Vad {
  const detector = {
    model: files.detector,
    threshold: 0.5,
    minSpeechDuration: 0.25, // seconds, as are all
    minSilenceDuration: PAUSE_S,
    /** Seconds after which it looks for shorter silences: stretches near what the recogniser takes at once. */
    maxSpeechDuration: 8,
    windowSize: WINDOW,
  };
  const bufferSeconds = 60;
  return new sherpa.Vad({ sileroVad: detector, sampleRate: SAMPLE_RATE, numThreads: 1 }, bufferSeconds);
}
