import { samplesOf } from "./speech.ts";

/** Real speech, 7 s: scenarios/audio/README.md. k6 opens files only while a script is loaded. */
export const speech: Uint8Array = samplesOf(
  open(import.meta.resolve("../../scenarios/audio/sense-and-sensibility.wav"), "b"),
);
