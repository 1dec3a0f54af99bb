import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Everything the service measures. One registry a service, so that several can live in one process. */
export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics(instance: string) {
  const registry = new Registry();
  registry.setDefaultLabels({ instance });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames: [...labelNames], registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Histogram({ name, help, labelNames: [...labelNames], buckets: seconds, registers });

  return {
    registry,
    httpDuration: histogram(
      "stt_http_request_duration_seconds",
      "Requests: rate (its count), errors (by status) and duration",
      ["method", "route", "status"],
    ),
    stageDuration: histogram("stt_stage_duration_seconds", "One handling of a stage's message", [
      "stage",
      "outcome",
    ]),
    retries: counter("stt_retries_total", "Calls upstream put off to the retry topic", ["stage", "reason"]),
    deadLetters: counter("stt_dead_letters_total", "Recordings given up on", ["stage"]),
    redelivered: counter("stt_messages_redelivered_total", "Messages handled again after a failure", [
      "topic",
    ]),
    dropped: counter("stt_messages_dropped_total", "Messages acknowledged without work to do", [
      "topic",
      "reason",
    ]),
    commitFailures: counter("stt_commit_failures_total", "Offset commits that were refused or timed out", [
      "topic",
    ]),
    fenceRejections: counter("stt_fence_rejections_total", "Writes of a holder that was overtaken", [
      "stage",
    ]),
    locks: counter("stt_lock_acquisitions_total", "Processor locks by outcome", ["outcome"]),
    locksLost: counter("stt_lock_lost_total", "Processor locks found lost while held", []),
    redisSkipped: counter("stt_redis_skipped_total", "Redis calls that failed or were not made", ["call"]),
    cacheReads: counter("stt_status_cache_reads_total", "Status reads by where the answer came from", [
      "outcome",
    ]),
    heartbeatsExpired: counter("stt_heartbeats_expired_total", "Recordings finished for their silence", []),
    published: counter("stt_outbox_published_total", "Outbox rows the broker acknowledged", ["topic"]),
    publishFailures: counter("stt_outbox_publish_failures_total", "Publishes that were not acknowledged", [
      "topic",
    ]),
    outboxBacklog: gauge("stt_outbox_backlog", "Outbox rows not sent yet, as the relay last saw it"),
    outboxAge: gauge("stt_outbox_oldest_age_seconds", "Age of the oldest row not sent yet"),
    relayActive: gauge("stt_relay_active", "1 while this instance holds the relay lease"),
    ready: gauge("stt_ready", "1 while the last readiness check was good"),
  };
}
