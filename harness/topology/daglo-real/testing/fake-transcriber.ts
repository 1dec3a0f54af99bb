import type { Transcriber } from "../recognizer.ts";

/** A transcriber whose jobs end when, and as, the test says. */
export class FakeTranscriber implements Transcriber {
  /** What it was given, in order; the last one is at work. */
  readonly given: { wavFile: string; onProgress: (percent: number) => void }[] = [];
  #end: { resolve: (text: string) => void; reject: (error: Error) => void } | undefined;

  transcribe(wavFile: string, onProgress: (percent: number) => void, signal: AbortSignal): Promise<string> {
    this.given.push({ wavFile, onProgress });
    return new Promise((resolve, reject) => {
      this.#end = { resolve, reject };
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }

  /** Ends the job at work. */
  finish(text: string): void {
    this.#end?.resolve(text);
  }

  fail(reason: string): void {
    this.#end?.reject(new Error(reason));
  }
}
