import { parseConfig } from "../../config.ts";
import type { IncomingMessage, Messaging } from "../../messaging/messaging.ts";
import { type Service, startService } from "../../service.ts";
import { tokenFor } from "../../testing/factory.ts";
import type { Servers } from "../../testing/servers.integration.test.ts";
import { SttUser } from "../../testing/stt-user.ts";

/** One handing over of a message to a stage. */
export interface Delivery {
  readonly instance: string;
  /** Without the prefix. */
  readonly message: IncomingMessage;
  /** How it ended; undefined while it is under way. */
  outcome?: "acknowledged" | "rejected";
  /** Aborted before its handling ended: the partition moved away, or the instance closed. */
  aborted: boolean;
}

/**
 * Instances of the service in this process, on the shared servers but with a database of their own and with topics and
 * groups by a prefix, so that they share nothing with the service that the other tests use.
 */
export class IsolatedServices {
  readonly prefix: string;
  readonly databaseUrl: string;
  /** All messages that were handed to the instances' stages, in order. */
  readonly deliveries: Delivery[] = [];
  readonly #servers: Servers;

  constructor(servers: Servers, prefix: string, databaseUrl: string) {
    this.#servers = servers;
    this.prefix = prefix;
    this.databaseUrl = databaseUrl;
  }

  /** Starts an instance; it stops, as on SIGTERM, when disposed of. */
  start(instance: string, env: Readonly<Record<string, string>> = {}): Promise<Service> {
    const { running, brokers, redisUrl } = this.#servers;
    const config = parseConfig({
      STT_INSTANCE: instance,
      STT_PORT: "0",
      STT_DATABASE_URL: this.databaseUrl,
      STT_REDIS_URL: redisUrl,
      STT_KAFKA_BROKERS: brokers.map(({ host, port }) => `${host}:${port}`).join(","),
      STT_DAGLO_URL: running.upstreamUrl,
      STT_AUDIO_DIR: running.audioFolder,
      STT_JWT_SECRET: running.jwtSecret,
      STT_RETRY_DELAY_MS: "200",
      // So that one recording's failures are calls that can be counted, and no one else's pause.
      STT_DAGLO_RETRIES: "0",
      STT_DAGLO_CIRCUIT_FAILURES: "1000",
      STT_LOG_LEVEL: process.env.STT_TEST_LOG ?? "silent",
      ...env,
    });
    return startService(config, { messaging: (real) => this.#prefixed(real, instance) });
  }

  /** A user of one instance. */
  async user({ address }: Service, scope?: string): Promise<SttUser> {
    const token = await tokenFor("alice", this.#servers.running.jwtSecret, scope);
    return new SttUser(`http://${address.host}:${address.port}`, token);
  }

  #prefixed(real: Messaging, instance: string): Messaging {
    const named = (topic: string) => `${this.prefix}.${topic}`;
    return {
      ensureTopics: (specs) => real.ensureTopics(specs.map((spec) => ({ ...spec, name: named(spec.name) }))),
      publish: (messages) => real.publish(messages.map((one) => ({ ...one, topic: named(one.topic) }))),
      ready: () => real.ready(),
      subscribe: ({ group, topics, handler }) =>
        real.subscribe({
          group: named(group),
          topics: topics.map(named),
          handler: async (prefixed, signal) => {
            const message = { ...prefixed, topic: prefixed.topic.slice(this.prefix.length + 1) };
            const delivery: Delivery = { instance, message, aborted: false };
            this.deliveries.push(delivery);
            try {
              await handler(message, signal);
              delivery.outcome = "acknowledged";
            } catch (error) {
              delivery.outcome = "rejected";
              throw error;
            } finally {
              delivery.aborted = signal.aborted;
            }
          },
        }),
      [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
    };
  }
}

/** Where a delivered message is in Kafka. */
export const placeOf = ({ message }: Delivery): string =>
  `${message.topic}[${message.partition}]@${message.offset}`;
