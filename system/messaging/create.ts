import { ConfluentClient } from "./confluent.ts";
import { loadConfluent } from "./confluent-library.ts";
import type { ClientOptions, KafkaClient } from "./kafka-client.ts";
import { KafkaMessaging } from "./kafka-messaging.ts";
import { KafkaJsClient } from "./kafkajs.ts";
import type { Messaging } from "./messaging.ts";
import { PlatformaticClient } from "./platformatic.ts";
import { type PublishDeadlines, publishDeadlines } from "./settings.ts";

/**
 * Messages by the client the configuration names.
 * @throws ConfigError when that client is not installed.
 */
export async function createMessaging(
  options: ClientOptions,
  deadlines: PublishDeadlines = publishDeadlines(),
): Promise<Messaging> {
  return new KafkaMessaging(await createClient(options, deadlines), options.hooks, deadlines);
}

async function createClient(options: ClientOptions, deadlines: PublishDeadlines): Promise<KafkaClient> {
  switch (options.config.client) {
    case "platformatic":
      return new PlatformaticClient(options);
    case "kafkajs":
      return new KafkaJsClient(options);
    case "confluent":
      return new ConfluentClient(await loadConfluent(), options, deadlines.stuckMs);
  }
}
