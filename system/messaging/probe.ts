import { withDeadline } from "../telemetry/clock.ts";
import { settings } from "./settings.ts";

/** Asks the brokers now and then whether they answer, which also keeps the producer's connections open. */
export class Probe implements Disposable {
  readonly #timer: NodeJS.Timeout;
  #ok = false;

  /** @param ask rejects when the brokers do not answer. */
  constructor(ask: () => Promise<unknown>) {
    let asking = false;
    const probe = async () => {
      if (asking) return;
      asking = true;
      this.#ok = await withDeadline(ask(), settings.requestTimeoutMs, "asking Kafka for metadata").then(
        () => true,
        () => false,
      );
      asking = false;
    };
    this.#timer = setInterval(() => void probe(), settings.probeEveryMs);
    void probe();
  }

  /** The last answer. */
  get ok(): boolean {
    return this.#ok;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
