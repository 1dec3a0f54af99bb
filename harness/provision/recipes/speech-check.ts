// A process of its own, because a native library that does not fit the machine may end the process that loads it:
// `node speech-check.ts FILES` prints what the recogniser understands of the sample's first seven seconds.
import { createRecognizer, loadSherpa } from "./sherpa.ts";
import { speechFilesSchema } from "./speech.ts";

const files = speechFilesSchema.parse(JSON.parse(process.argv[2] ?? ""));
const sherpa = loadSherpa(files);
const recognizer = await createRecognizer(sherpa, files);
const { samples, sampleRate } = sherpa.readWave(files.sample);
const stream = recognizer.createStream();
stream.acceptWaveform({ sampleRate, samples: samples.slice(0, 7 * sampleRate) });
console.log((await recognizer.decodeAsync(stream)).text);
