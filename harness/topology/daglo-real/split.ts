import { SAMPLE_RATE } from "./wav.ts";

/**
 * Samples that the recogniser takes at once: 9 s. sherpa-onnx gives the decoder a mask of the wrong length, and above
 * 384 encoder frames (9.2 s) every text comes out empty (k2-fsa/sherpa-onnx issue 3975; 1.13.8 has it).
 */
export const LONGEST = 9 * SAMPLE_RATE;
/** 20 ms: about the shortest sound of speech. */
const FRAME = SAMPLE_RATE / 50;

/**
 * Cuts speech into consecutive pieces of at most {@link LONGEST} samples, each at the quietest place in the second
 * half of what a piece may hold, where a word is least likely to be cut.
 */
export function splitSpeech(samples: Float32Array): Float32Array[] {
  const pieces: Float32Array[] = [];
  let rest = samples;
  while (rest.length > LONGEST) {
    const at = quietestFrame(rest.subarray(0, LONGEST), LONGEST / 2);
    pieces.push(rest.subarray(0, at));
    rest = rest.subarray(at);
  }
  return [...pieces, rest];
}

/** Where the frame with the least energy begins, among those from `from` on. */
function quietestFrame(samples: Float32Array, from: number): number {
  let quietest = from;
  let least = Number.POSITIVE_INFINITY;
  for (let at = from; at + FRAME <= samples.length; at += FRAME) {
    let energy = 0;
    for (const sample of samples.subarray(at, at + FRAME)) energy += sample * sample;
    if (energy < least) [least, quietest] = [energy, at];
  }
  return quietest;
}
