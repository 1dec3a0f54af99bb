import type { RecordingStatus } from "../contract/api.ts";

/** What became of a request, in the words of the HTTP interface whichever it went by. */
export interface Outcome {
  readonly status: number;
  readonly json: unknown;
}

/** What has been told of a recording's status. Disposing ends the watch. */
export interface Watch extends Disposable {
  /** All that was told so far, in order. */
  readonly seen: readonly RecordingStatus[];
}

/** A user who records, by one of the interfaces. Nothing is tried twice. */
export interface Speaker {
  /** @returns the new recording's id. */
  start(): Promise<string>;
  /** @param finish whether it is the last one. @param mediaType default: bare samples. */
  send(id: string, seq: number, body: Uint8Array, finish?: boolean, mediaType?: string): Promise<Outcome>;
  heartbeat(id: string): Promise<Outcome>;
  /** Asks for the transcription. */
  convert(id: string): Promise<Outcome>;
  watch(id: string): Watch;
}
