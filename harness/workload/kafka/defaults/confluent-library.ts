import { createRequire } from "node:module";
import { messageOf, UsageError } from "../../../util/errors.ts";
import type { KafkaJsConsumer, KafkaJsProducer } from "./library.ts";

/**
 * The part of @confluentinc/kafka-javascript (1.10.1, its promise API) that is used here. The package is an optional peer: it
 * builds a native library, so it is neither installed nor known to the compiler unless somebody wants it.
 */
export interface ConfluentLibrary {
  readonly KafkaJS: {
    readonly Kafka: new (
      settings: Settings,
    ) => {
      producer(): KafkaJsProducer;
      consumer(settings: Settings): KafkaJsConsumer;
    };
    readonly logLevel: { readonly NOTHING: number };
  };
}

/** librdkafka's own settings by their names, and a block `kafkaJS` with the promise API's. */
type Settings = Readonly<Record<string, unknown>>;

const packageName = "@confluentinc/kafka-javascript";

/** @throws UsageError when the package is not installed, or not built for this machine. */
export function loadConfluent(name: string = packageName): ConfluentLibrary {
  try {
    return createRequire(import.meta.url)(name) as ConfluentLibrary;
  } catch (cause) {
    throw new UsageError(
      `the client confluent-defaults needs the package ${packageName}, which could not be loaded: ${messageOf(cause).split("\n")[0]}`,
      `npm install --no-save ${packageName}@1.10.1 (where no prebuilt library fits, that needs make, a C++ compiler and the headers of OpenSSL; with CKJS_LINKING=dynamic it needs fewer libraries)`,
    );
  }
}
