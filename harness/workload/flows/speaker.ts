/** What a request came to. Over STOMP a refusal carries the same status and problem as by HTTP. */
export interface Answer {
  readonly status: number;
  /** Header names in lower case; none over STOMP. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body where it is JSON. */
  readonly json: unknown;
}

/** What a user is told of a recording. */
export interface Told {
  readonly status: string;
  readonly version: number;
  readonly progress?: number | undefined;
}

/** Follows a recording's status until it is disposed of. */
export interface Watch extends Disposable {
  /** All that was told so far, in order; repetitions are left out. */
  readonly told: readonly Told[];
}

/** One way to use the service. No request is tried twice; all end by a timeout. */
export interface Speaker extends AsyncDisposable {
  start(): Promise<Answer>;
  send(id: string, seq: number, body: Uint8Array, finish: boolean): Promise<Answer>;
  heartbeat(id: string): Promise<Answer>;
  convert(id: string): Promise<Answer>;
  watch(id: string): Watch;
}

/** A request may take so long. */
export const answerWithin = "15s";
