import { expect } from "chai";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { createMessagingHooks } from "./hooks.ts";

describe("the messaging hooks", () => {
  it("count everything that a client tells, by the client", async () => {
    const metrics = createMetrics("stt-1");
    const hooks = createMessagingHooks(createLogger("test", "silent"), metrics, "platformatic");
    const message = { topic: "t", partition: 0, offset: 1n, key: "k", value: "", headers: {} };
    hooks.onFailure(message, new Error("no"));
    hooks.onCommitFailure(message, new Error("no"));
    hooks.onSessionStarted("g");
    hooks.onPartitions("g", 3);
    hooks.onInFlight("g", 7);
    hooks.onRebalance("g", "lost", 3);
    hooks.onPublish("failed", 0.2);
    hooks.onProducerReplaced("stuck");
    hooks.onClientError("producer", new Error("no"));
    const before = await metrics.registry.metrics();
    hooks.onSessionEnded("g", "fenced", new Error("no"));
    const after = await metrics.registry.metrics();
    const value = (text: string, name: string, ...labels: string[]) =>
      text
        .split("\n")
        .find((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
        ?.split(" ")
        .at(-1);
    const client = 'client="platformatic"';
    const seen = {
      redelivered: value(before, "stt_messages_redelivered_total", 'topic="t"'),
      commits: value(before, "stt_commit_failures_total", 'topic="t"'),
      started: value(before, "stt_kafka_sessions_started_total", client, 'group="g"'),
      partitions: value(before, "stt_kafka_assigned_partitions", client),
      partitionsAfter: value(after, "stt_kafka_assigned_partitions", client),
      inFlight: value(before, "stt_kafka_messages_in_flight", client),
      rebalances: value(before, "stt_kafka_rebalances_total", client, 'kind="lost"'),
      publishes: value(before, "stt_kafka_publish_duration_seconds_count", client, 'outcome="failed"'),
      replaced: value(before, "stt_kafka_producers_replaced_total", client, 'reason="stuck"'),
      errors: value(before, "stt_kafka_client_errors_total", client, 'role="producer"'),
      ended: value(after, "stt_kafka_sessions_ended_total", client, 'reason="fenced"'),
    };
    expect(seen).to.deep.equal({
      redelivered: "1",
      commits: "1",
      started: "1",
      partitions: "3",
      partitionsAfter: "0",
      inFlight: "7",
      rebalances: "1",
      publishes: "1",
      replaced: "1",
      errors: "1",
      ended: "1",
    });
  });
});
