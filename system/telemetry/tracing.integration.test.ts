import { expect } from "chai";
import { provision } from "../../harness/provision/provision.ts";
import { ProcessRuntime } from "../../harness/runtime/runtime.ts";
import { stt } from "../../harness/topology/stt.ts";
import { until } from "../../harness/util/until.ts";
import { retryTopics, stageTopics } from "../contract/topics.ts";
import { tokenFor } from "../testing/factory.ts";
import { pathTo, SttUser } from "../testing/stt-user.ts";
import { type CollectedSpan, Collector } from "./collector.test.ts";

describe("a trace", () => {
  it("leads from the request for a transcription over Kafka and its retries to the end", async () => {
    await using collector = new Collector();
    const topology = stt({
      kafka: 1,
      redis: "single",
      instances: 1,
      env: { STT_OTLP_ENDPOINT: await collector.listen(), STT_RETRY_DELAY_MS: "200" },
    });
    const installed = await provision(topology.components);
    const { signal } = new AbortController();
    await using runtime = new ProcessRuntime({ runId: `traces-${process.pid}`, command: "test", signal });
    await using running = await topology.start({ runtime, installed, signal, step: (_, work) => work() });

    const token = await tokenFor("alice", running.jwtSecret);
    const alice = new SttUser(running.services[0]?.baseUrl ?? "", token);
    const id = await alice.start();
    await alice.send(id, 0, Buffer.alloc(3_200), true);
    const reaches = (status: string) =>
      until(async () => (await alice.view(id)).status === status, `it is ${status}`).atMost("20s");
    await reaches("ENCODED");
    await alice.convert(id);
    await reaches("COMPLETED");
    await running.node("stt-1").stop(); // sends the last spans

    const request = collector.spans.find(
      ({ name }) => name === `POST ${routeOf(pathTo("{id}"))}/transcription`,
    );
    if (!request) throw new Error(`no span of the request: ${collector.spans.map(({ name }) => name)}`);
    const trace = collector.spans.filter(({ traceId }) => traceId === request.traceId);
    const byId = new Map(trace.map((span) => [span.spanId, span]));
    const named = (name: string) => trace.filter((span) => span.name === name);
    const topicsOf = (name: string) =>
      named(name).map((span) => span.attributes["messaging.destination.name"]);

    for (const span of trace) {
      if (span !== request)
        expect(byId.has(span.parentSpanId ?? ""), `${span.name} has its parent`).to.equal(true);
    }
    // Submitted, and asked for at least twice, each time because of a message: the first or a retry.
    expect(topicsOf("processing stage")).to.include.members([stageTopics.processing, retryTopics.processing]);
    expect(topicsOf("summarizing stage")).to.include.members([
      stageTopics.summarizing,
      retryTopics.summarizing,
    ]);
    const stageOf = (span: CollectedSpan) => byId.get(span.parentSpanId ?? "")?.name;
    expect(named("upstream submit").map(stageOf).toSorted()).to.deep.equal([
      "processing stage",
      "summarizing stage",
    ]);
    expect(named("upstream poll").map(stageOf)).to.include.members(["processing stage", "summarizing stage"]);
    expect(named("lock acquire").map(stageOf)).to.include("processing stage");
    for (const topic of [stageTopics.processing, retryTopics.processing, stageTopics.summarizing]) {
      expect(named(`publish ${topic}`), topic).not.to.have.length(0);
    }
    expect(trace.filter(({ failed }) => failed)).to.deep.equal([]);
    // The recording's beginning was another request's, and is another trace.
    expect(named("encoding stage")).to.deep.equal([]);
  });
});

/** As Express writes it. */
const routeOf = (path: string): string => path.replace("{id}", ":id");
