import type { Principal } from "../api/auth.ts";
import { problem } from "../api/problem.ts";
import type { RecordingStatus } from "../contract/api.ts";
import { subscribableOf } from "./destinations.ts";
import { badFrame, ConnectionEnd, closeCodes } from "./errors.ts";
import type { Frame } from "./frames.ts";
import { lacksScope } from "./requests.ts";
import type { Standing, StatusHub } from "./status-hub.ts";

/** Sends a MESSAGE. With `latestOf`, one that waits under the same key may be left out for it. */
export type SendMessage = (
  headers: Readonly<Record<string, string>>,
  body: string,
  latestOf?: string,
) => void;

interface Subscription {
  readonly destination: string;
  /** Absent for queues. */
  readonly watching: Disposable | undefined;
}

export interface SubscriptionDependencies {
  readonly hub: Pick<StatusHub, "watch">;
  readonly maxSubscriptions: number;
  readonly sendMessage: SendMessage;
  /** The subscription is over: what waits to be sent for it is not wanted. */
  readonly forget: (subscriptionId: string) => void;
}

/** The subscriptions of one connection. */
export class Subscriptions implements Disposable {
  readonly #d: SubscriptionDependencies;
  readonly #byId = new Map<string, Subscription>();
  #disposed = false;

  constructor(dependencies: SubscriptionDependencies) {
    this.#d = dependencies;
  }

  /**
   * Obeys a SUBSCRIBE.
   * @throws ConnectionEnd when it is malformed or one too many, HttpProblem when the token does not allow it,
   *   RecordingNotFound when it is not the client's recording.
   */
  async add(frame: Frame, principal: Principal): Promise<void> {
    const id = needed(frame, "id");
    const destination = needed(frame, "destination");
    if (this.#byId.has(id)) throw badFrame(`the subscription ${id} exists already`);
    if ((frame.headers.get("ack") ?? "auto") !== "auto") {
      throw badFrame("messages are not acknowledged here: the header ack may only be auto");
    }
    const { maxSubscriptions } = this.#d;
    if (this.#byId.size >= maxSubscriptions) {
      const message = `a connection has at most ${maxSubscriptions} subscriptions`;
      throw new ConnectionEnd("refused", message, closeCodes.policy);
    }
    const wanted = subscribableOf(destination);
    if (!wanted) throw problem("not-found", { detail: `there is nothing to subscribe to at ${destination}` });
    const watching = "status" in wanted ? await this.#watch(id, wanted.status, principal) : undefined;
    if (this.#disposed) return watching?.[Symbol.dispose](); // the connection ended meanwhile
    this.#byId.set(id, { destination, watching });
  }

  /** Obeys an UNSUBSCRIBE; one of a subscription that is over is of no consequence. */
  remove(frame: Frame): void {
    const id = needed(frame, "id");
    this.#byId.get(id)?.watching?.[Symbol.dispose]();
    this.#byId.delete(id);
    this.#d.forget(id);
  }

  has(destination: string): boolean {
    return this.#byId.values().some((subscription) => subscription.destination === destination);
  }

  /** A MESSAGE to each subscription to the queue. @returns whether there was one. */
  send(queue: string, headers: Readonly<Record<string, string>>, body: string): boolean {
    const ids = [...this.#byId].filter(([, { destination }]) => destination === queue).map(([id]) => id);
    for (const id of ids) this.#d.sendMessage({ ...headers, subscription: id, destination: queue }, body);
    return ids.length > 0;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const { watching } of this.#byId.values()) watching?.[Symbol.dispose]();
    this.#byId.clear();
  }

  async #watch(subscription: string, recording: string, principal: Principal): Promise<Disposable> {
    if (!principal.scopes.has("stt:read")) throw lacksScope("stt:read");
    const headers = {
      subscription,
      destination: `/topic/stt/${recording}`,
      "content-type": "application/json",
    };
    return this.#d.hub.watch(principal.subject, recording, (standing) => {
      this.#d.sendMessage(headers, JSON.stringify(statusOf(standing)), subscription);
    });
  }
}

/** A header that the frame must have. */
export function needed({ command, headers }: Frame, name: string): string {
  const value = headers.get(name);
  if (value === undefined) throw badFrame(`${command} needs the header ${name}`);
  return value;
}

function statusOf({ id, status, version, progress }: Standing): RecordingStatus {
  return { id, status, version, ...(progress === null ? {} : { progress }) };
}
