import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What the Kafka clients do; `client` is the library in use. */
export function kafkaMetrics(registry: Registry, seconds: readonly number[]) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames: [...labelNames], registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name, help, labelNames: [...labelNames], registers });

  return {
    kafkaSessionsStarted: counter("stt_kafka_sessions_started_total", "Consumers that joined their group", [
      "client",
      "group",
    ]),
    kafkaSessionsEnded: counter(
      "stt_kafka_sessions_ended_total",
      "Consumers that ended, by what ended them",
      ["client", "group", "reason"],
    ),
    kafkaRebalances: counter(
      "stt_kafka_rebalances_total",
      "Changes of a consumer's partitions; lost: taken from it while it was held to be gone",
      ["client", "group", "kind"],
    ),
    kafkaPartitions: gauge("stt_kafka_assigned_partitions", "Partitions this instance consumes", [
      "client",
      "group",
    ]),
    kafkaInFlight: gauge("stt_kafka_messages_in_flight", "Messages fetched and not handled yet", [
      "client",
      "group",
    ]),
    kafkaPublishDuration: new Histogram({
      name: "stt_kafka_publish_duration_seconds",
      help: "From publishing messages to the brokers' acknowledgement, or to giving up",
      labelNames: ["client", "outcome"],
      buckets: [...seconds, 30],
      registers,
    }),
    kafkaProducersReplaced: counter("stt_kafka_producers_replaced_total", "Producers given up for new ones", [
      "client",
      "reason",
    ]),
    kafkaClientErrors: counter(
      "stt_kafka_client_errors_total",
      "Trouble that the clients deal with themselves",
      ["client", "role"],
    ),
  };
}
