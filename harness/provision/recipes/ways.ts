import type { Way } from "../install.ts";
import type { ComponentName } from "../manifest.ts";
import { k6Ways } from "./k6.ts";
import { kafkaRecipe } from "./kafka.ts";
import { porcupineWays } from "./porcupine.ts";
import { postgresWays } from "./postgres.ts";
import { prometheusWays } from "./prometheus.ts";
import { redisWays } from "./redis.ts";
import { s3Ways } from "./s3.ts";
import { speechWays } from "./speech.ts";
import { toxiproxyWays } from "./toxiproxy.ts";
import { wiremockRecipe } from "./wiremock.ts";

/** The ways to come by each component, the preferred one first. */
export const ways: Readonly<Record<ComponentName, readonly Way[]>> = {
  kafka: [kafkaRecipe],
  redis: redisWays,
  postgres: postgresWays,
  wiremock: [wiremockRecipe],
  toxiproxy: toxiproxyWays,
  k6: k6Ways,
  s3: s3Ways,
  porcupine: porcupineWays,
  prometheus: prometheusWays,
  speech: speechWays,
};
