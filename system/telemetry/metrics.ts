import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { stages } from "../domain/status.ts";
import { kafkaMetrics } from "./kafka-metrics.ts";
import { version } from "./version.ts";

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** For what may wait as long as an outage lasts. */
const waits = [...seconds, 30, 60, 300, 600];

/** Everything the service measures. One registry a service, so that several can live in one process. */
export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics(instance: string) {
  const registry = new Registry();
  registry.setDefaultLabels({ instance });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: "stt_build_info",
    help: "Always 1; the labels say what runs",
    labelNames: ["version", "node"],
    registers,
  }).set({ version, node: process.versions.node }, 1);

  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames: [...labelNames], registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Histogram({ name, help, labelNames: [...labelNames], buckets: seconds, registers });

  const deadLetters = counter("stt_dead_letters_total", "Recordings given up on", ["stage"]);
  // The first one is an increase only from a zero: https://prometheus.io/docs/practices/instrumentation/#avoid-missing-metrics
  for (const stage of stages) deadLetters.inc({ stage }, 0);

  return {
    registry,
    ...kafkaMetrics(registry, seconds),
    httpDuration: histogram(
      "stt_http_request_duration_seconds",
      "Requests: rate (its count), errors (by status) and duration",
      ["method", "route", "status"],
    ),
    rateLimited: counter(
      "stt_rate_limit_total",
      "Requests by what the rate limit said; unavailable: let through",
      ["outcome"],
    ),
    stageDuration: histogram("stt_stage_duration_seconds", "One handling of a stage's message", [
      "stage",
      "outcome",
    ]),
    queueAge: new Histogram({
      name: "stt_queue_age_seconds",
      help: "How long a message had been due when its stage began with it",
      labelNames: ["stage"],
      buckets: waits,
      registers,
    }),
    workActive: new Gauge({
      name: "stt_work_active",
      help: "Calls upstream and encodings under way",
      labelNames: ["kind"],
      registers,
    }),
    workWaiting: new Gauge({
      name: "stt_work_waiting",
      help: "Messages at hand that wait for one of the bounded places of work",
      labelNames: ["kind"],
      registers,
    }),
    requeued: counter("stt_requeued_total", "Failed recordings an administrator brought back", ["stage"]),
    providerDuration: histogram(
      "stt_provider_call_duration_seconds",
      "Calls upstream: rate (its count), errors (by outcome) and duration, with retries within the call",
      ["operation", "outcome"],
    ),
    providerRetries: counter("stt_provider_retries_total", "Further tries within a call upstream", [
      "operation",
    ]),
    providerCircuit: gauge(
      "stt_provider_circuit_state",
      "Circuit breaker of the upstream: 0 closed, 1 half-open, 2 open",
    ),
    retries: counter("stt_retries_total", "Calls upstream put off to the retry topic", ["stage", "reason"]),
    deadLetters,
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
    lockWait: new Histogram({
      name: "stt_lock_wait_seconds",
      help: "Asking for a processor lock, by the answer",
      labelNames: ["outcome"],
      buckets: [0.0001, 0.00025, 0.0005, ...seconds],
      registers,
    }),
    lockHold: histogram("stt_lock_hold_seconds", "Holding a processor lock", []),
    locksLost: counter("stt_lock_lost_total", "Processor locks found lost while held", []),
    redisConnected: gauge("stt_redis_connected", "1 while there is a connection to the Redis primary"),
    redisCircuitOpen: gauge(
      "stt_redis_circuit_open",
      "1 while calls to Redis are not made, because others failed",
    ),
    redisSkipped: counter("stt_redis_skipped_total", "Redis calls that failed or were not made", ["call"]),
    cacheReads: counter("stt_status_cache_reads_total", "Status reads by where the answer came from", [
      "outcome",
    ]),
    heartbeatsExpired: counter("stt_heartbeats_expired_total", "Recordings finished for their silence", []),
    published: counter("stt_outbox_published_total", "Outbox rows the broker acknowledged", ["topic"]),
    publishFailures: counter("stt_outbox_publish_failures_total", "Publishes that were not acknowledged", [
      "topic",
    ]),
    outboxBacklog: gauge(
      "stt_outbox_backlog",
      "Outbox rows that are due and not sent yet, as the relay last saw it",
    ),
    outboxHeld: gauge("stt_outbox_held", "Outbox rows held back until a longer retry delay is over"),
    outboxAge: gauge(
      "stt_outbox_oldest_age_seconds",
      "For how long the oldest row not sent yet has been due",
    ),
    liveConnections: gauge("stt_live_connections", "WebSocket connections open"),
    liveSubscriptions: gauge("stt_live_subscriptions", "Subscriptions to recordings' statuses"),
    liveFrames: counter("stt_live_frames_total", "STOMP frames by direction and command", [
      "direction",
      "command",
    ]),
    liveDrops: counter("stt_live_drops_total", "WebSocket connections refused or ended by the service", [
      "reason",
    ]),
    liveFanOut: histogram(
      "stt_live_fan_out_seconds",
      "From a change of a recording's status to the instances with subscribers, by two clocks",
      [],
    ),
    relayActive: gauge("stt_relay_active", "1 while this instance holds the relay lease"),
    ready: gauge("stt_ready", "1 while the last readiness check was good"),
  };
}

/** Set by whoever collects the garbage; without diagnostics nobody does, and there is no such metric. */
export function watchHeap({ registry }: Metrics): Gauge {
  return new Gauge({
    name: "stt_heap_after_gc_bytes",
    help: "Heap in use after the last full garbage collection; only with diagnostics",
    registers: [registry],
  });
}

/** Connections of a pool: open, of these idle, and callers that wait for one. */
export interface PoolUsage {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

/** Reads the pool of database connections whenever the metrics are asked for. */
export function watchPool({ registry }: Metrics, usage: () => PoolUsage): void {
  new Gauge({
    name: "stt_database_pool_connections",
    help: "Connections to PostgreSQL by state; waiting: callers without one",
    labelNames: ["state"],
    registers: [registry],
    collect() {
      for (const [state, count] of Object.entries(usage())) this.set({ state }, count);
    },
  });
}
