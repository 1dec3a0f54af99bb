import type { Frame } from "./frames.ts";

/** What a SEND was answered with, for those who want more than a RECEIPT. */
export const repliesQueue = "/user/queue/replies";
/** Refusals of SENDs. */
export const errorsQueue = "/user/queue/errors";

/** A SEND here creates a recording. */
export const startDestination = "/app/stt/start";

/** Where a client may subscribe: a recording's status, or one of the two queues of its own connection. */
export type Subscribable = { readonly status: string } | { readonly queue: string };

/** What a SUBSCRIBE's destination means, or null when it means nothing here. */
export function subscribableOf(destination: string): Subscribable | null {
  if (destination === repliesQueue || destination === errorsQueue) return { queue: destination };
  const id = /^\/topic\/stt\/([^/]+)$/.exec(destination)?.[1];
  return id === undefined ? null : { status: id };
}

/** A SEND as the request of the HTTP interface that it stands for. */
export interface SendAsRequest {
  /** The path of the route, all of which are POSTs. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

const recordings = "/api/stt/recordings";

/** What a SEND asks for, or null when its destination means nothing here. */
export function requestOf({ headers }: Frame): SendAsRequest | null {
  const destination = headers.get("destination") ?? "";
  const chosen = (...names: string[]) =>
    Object.fromEntries(
      names.map((name) => [name, headers.get(name)]).filter(([, value]) => value !== undefined),
    );
  const common = { query: {}, headers: chosen("idempotency-key") };
  if (destination === startDestination) return { path: recordings, params: {}, ...common };

  const [, id, action] = /^\/app\/stt\/([^/]+)\/(chunk|heartbeat|transcription)$/.exec(destination) ?? [];
  if (id === undefined) return null;
  const path = `${recordings}/{id}/${action === "chunk" ? "chunks" : action}`;
  return {
    path,
    params: { id },
    ...common,
    ...(action === "chunk" ? { query: chosen("seq", "finish") } : {}),
  };
}
