/** The bytes are no Opus in WebM or Ogg, or stop being so. No retry will mend it. */
export class UndecodableAudio extends Error {
  override readonly name = "UndecodableAudio";
}
