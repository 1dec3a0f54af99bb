import type { KafkaConfig } from "../config.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ConsumerHooks } from "./hooks.ts";
import { KafkaJsMessaging } from "./kafkajs.ts";
import type { Messaging } from "./messaging.ts";
import { PlatformaticMessaging } from "./platformatic.ts";

/** The adapter the configuration names. */
export function createMessaging(
  config: KafkaConfig,
  clientId: string,
  logger: Logger,
  hooks: ConsumerHooks,
): Messaging {
  const Adapter = config.client === "kafkajs" ? KafkaJsMessaging : PlatformaticMessaging;
  return new Adapter(config, clientId, logger, hooks);
}
