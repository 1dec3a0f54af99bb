import { Agent, request } from "undici";
import type { Clock } from "../util/clock.ts";
import type { Service } from "./workload.ts";

const everyMs = 100;
const answerWithinMs = 500;

/**
 * What a load balancer knows of instances: it asks each for `/health/ready` ten times a second, and sends requests only to those that
 * say yes. It repeats nothing and hides nothing: a request to an instance that went a moment ago fails.
 */
export class Balancer implements AsyncDisposable {
  readonly #services: readonly Service[];
  readonly #clock: Clock;
  readonly #agent = new Agent({ connections: 1, pipelining: 1, connect: { timeout: answerWithinMs } });
  readonly #notReady = new Set<Service>();
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[];

  constructor(services: readonly Service[], clock: Clock) {
    this.#services = services;
    this.#clock = clock;
    this.#loops = services.map((service) => this.#watch(service));
  }

  /** Those that said yes when they were last asked; all of them, when none did. */
  get ready(): readonly Service[] {
    const ready = this.#services.filter((service) => !this.#notReady.has(service));
    return ready.length > 0 ? ready : this.#services;
  }

  async #watch(service: Service): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (await this.#isReady(service)) this.#notReady.delete(service);
      else this.#notReady.add(service);
      await this.#clock.sleep(everyMs, this.#stop.signal).catch(() => {});
    }
  }

  async #isReady({ baseUrl }: Service): Promise<boolean> {
    try {
      const { statusCode, body } = await request(new URL("/health/ready", baseUrl), {
        dispatcher: this.#agent,
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(answerWithinMs)]),
      });
      await body.dump();
      return statusCode === 200;
    } catch {
      return false; // it does not answer, so it serves nobody
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    await this.#agent.destroy();
  }
}
