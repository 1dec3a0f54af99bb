import type { RequestKind } from "../history/transcription-operations.ts";
import type { Outcome } from "./stt-client.ts";

/** A request of a user, as often as it takes. */
export interface UserRequest<F extends RequestKind> {
  readonly f: F;
  readonly key: string;
  readonly value?: unknown;
  /** On all but a start: the recording's id. */
  readonly id?: string;
  /** On `chunk` and `finish`: the audio. */
  readonly chunk?: { readonly seq: number; readonly body: Buffer };
  /** When the user wanted it (ns); retries keep it, so that latency is what the user waited. */
  readonly intended: number;
}

/** How the requests of one user reach the service. */
export interface SttTransport extends AsyncDisposable {
  /** The instance that the next request goes to. May wait a little, for a connection. */
  next(): Promise<Instance>;
}

/** An instance whose turn it is. */
export interface Instance {
  readonly name: string;
  /** Never throws for what the network or the service does. */
  send(request: UserRequest<RequestKind>): Promise<Outcome>;
}

/** Whose requests they are. */
export interface Sender {
  readonly token: string;
  /** The number of the instance to begin with. */
  readonly turn: number;
}
