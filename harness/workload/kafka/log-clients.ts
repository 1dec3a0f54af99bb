import type { LogClient } from "./client.ts";
import { ConfluentDefaults } from "./defaults/confluent.ts";
import { loadConfluent } from "./defaults/confluent-library.ts";
import { KafkaJsDefaults } from "./defaults/kafkajs.ts";
import type { Library } from "./defaults/library.ts";
import { PlatformaticDefaults } from "./defaults/platformatic.ts";
import { PlatformaticLog, type PlatformaticOptions } from "./platformatic.ts";

/** Libraries as they are without any setting, by the names that `kafkaLog` knows them by. */
const defaults = {
  "kafkajs-defaults": (brokers) => new KafkaJsDefaults(brokers),
  "platformatic-defaults": (brokers) => new PlatformaticDefaults(brokers),
  "confluent-defaults": (brokers) => new ConfluentDefaults(loadConfluent(), brokers),
} as const satisfies Record<string, (brokers: readonly string[]) => Library>;

/** `platformatic`: with settings that lost nothing in its tests; the others: with the defaults of their libraries. */
export const logClients = ["platformatic", ...(Object.keys(defaults) as (keyof typeof defaults)[])] as const;
export type LogClientName = (typeof logClients)[number];

/**
 * The client of that name. Whichever it is, topics are made and read in the end by the same one: who judges a library does not
 * use it.
 * @throws UsageError when its library is not installed.
 */
export function logClient(name: LogClientName, options: PlatformaticOptions): LogClient {
  const platformatic = new PlatformaticLog(options);
  if (name === "platformatic") return platformatic;
  const library: Library = defaults[name](options.brokers);
  return {
    createTopic: (topic, partitions) => platformatic.createTopic(topic, partitions),
    reader: (topic, partitions) => platformatic.reader(topic, partitions),
    producer: () => library.producer(),
    member: (group, topic) => library.member(group, topic),
  };
}
