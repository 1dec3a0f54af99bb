import { expect } from "chai";
import { until } from "../../harness/util/until.ts";
import { messageHeaders } from "../contract/messages.ts";
import type { Status } from "../contract/status.ts";
import {
  deadLetterTopics,
  partitionsPerTopic,
  retryLayouts,
  retryTopicOf,
  retryTopics,
  stageTopics,
} from "../contract/topics.ts";
import type { IncomingMessage } from "../messaging/messaging.ts";
import { partitionOf } from "../messaging/partitioner.ts";
import { readTopics } from "../messaging/read-topics.ts";
import type { Service } from "../service.ts";
import { Database } from "../storage/database.ts";
import { DagloStub } from "../testing/daglo-stub.ts";
import { newChunk } from "../testing/factory.ts";
import { silent, uniqueName, useServers } from "../testing/servers.integration.test.ts";
import type { SttUser } from "../testing/stt-user.ts";
import { IsolatedServices, placeOf } from "./testing/isolated-service.ts";

const attempts = 8;
const retries = Array.from({ length: attempts - 1 }, (_, index) => index + 1);

describe("retries over Kafka", () => {
  const servers = useServers();
  let daglo: DagloStub;
  let world: IsolatedServices;
  let instance: Service;
  let alice: SttUser;

  before(() => {
    daglo = new DagloStub(servers.running.upstreamUrl);
  });

  async function begin(env: Readonly<Record<string, string>>): Promise<void> {
    world = new IsolatedServices(servers, uniqueName("retries"), await servers.newDatabase());
    instance = await world.start("a", { STT_RETRY_ATTEMPTS: String(attempts), ...env });
    alice = await world.user(instance);
    const ready = async () => (await alice.call("GET", "/health/ready")).status === 200;
    await until(ready, "the instance is ready").atMost("30s");
  }

  async function reaches(id: string, wanted: Status): Promise<void> {
    await until(async () => (await alice.view(id)).status === wanted, `${id} is ${wanted}`).atMost("30s");
  }

  async function encodedRecording(): Promise<string> {
    const id = await alice.start();
    expect((await alice.send(id, 0, newChunk(), true)).status).to.equal(202);
    await reaches(id, "ENCODED");
    return id;
  }

  /** What a topic holds of a recording. */
  async function messagesOf(id: string, topic: string): Promise<IncomingMessage[]> {
    const found: IncomingMessage[] = [];
    for await (const message of readTopics({ brokers: servers.brokers }, [`${world.prefix}.${topic}`])) {
      if (message.key === id) found.push(message);
    }
    return found;
  }

  async function audioSubmissions(id: string): Promise<number> {
    return (await daglo.submissionsOf(id)).filter(({ url }) => url.includes("/stt/")).length;
  }

  for (const layout of retryLayouts) {
    describe(`in the layout ${layout}`, () => {
      const topics = [...new Set(retries.map((attempt) => retryTopicOf("processing", attempt, layout)))];

      before(() => begin({ STT_RETRY_LAYOUT: layout, STT_RETRY_DELAY_MS: "300" }));
      after(() => instance[Symbol.asyncDispose]());

      it("asks again by its retry topics until it works", async () => {
        const id = await encodedRecording();
        await daglo.refuseAtFirst(id, 503, 2);
        await alice.convert(id);
        await reaches(id, "COMPLETED");
        expect(await audioSubmissions(id)).to.equal(3);
        const retried = world.deliveries.filter(
          ({ message }) => message.key === id && message.topic.startsWith(retryTopics.processing),
        );
        expect(retried.length).to.be.at.least(2);
      });

      it("gives up after the last attempt, and the dead letter says what happened", async () => {
        const id = await encodedRecording();
        await daglo.refuse(id, 503);
        await alice.convert(id);
        await reaches(id, "FAILED");
        expect(await audioSubmissions(id)).to.equal(attempts);

        const retried = (await Promise.all(topics.map((topic) => messagesOf(id, topic)))).flat();
        const sent = retried.map(({ topic, headers }) => [
          topic.slice(world.prefix.length + 1),
          headers[messageHeaders.attempt],
        ]);
        expect(sent).to.deep.equal(
          retries.map((attempt) => [retryTopicOf("processing", attempt, layout), String(attempt)]),
        );
        const [letter, ...others] = await until(async () => {
          const letters = await messagesOf(id, deadLetterTopics.processing);
          return letters.length > 0 && letters;
        }, "the dead letter is there").atMost("10s");
        expect(others).to.deep.equal([]);
        const headers = letter?.headers ?? {};
        expect(headers[messageHeaders.attempt]).to.equal(String(attempts - 1));
        expect(headers[messageHeaders.cause]).to.match(/^gave up after 8 attempts: .*503/);
        expect(headers[messageHeaders.originTopic]).to.equal(stageTopics.processing);
        expect(headers[messageHeaders.originPartition]).to.equal(String(partitionOf(id, partitionsPerTopic)));
        expect(headers[messageHeaders.originOffset]).to.match(/^\d+$/);
        const moments = [...retried, letter].map((one) => one?.headers[messageHeaders.firstFailure]);
        expect(new Set(moments), "one first failure").to.have.lengthOf(1);
      });

      it("does not ask again what the upstream refused for good", async () => {
        const id = await encodedRecording();
        await daglo.refuse(id, 422);
        await alice.convert(id);
        await reaches(id, "FAILED");
        expect(await audioSubmissions(id)).to.equal(1);
        for (const topic of topics) expect(await messagesOf(id, topic)).to.deep.equal([]);
      });

      it("lets a long Retry-After hold up nobody else", async () => {
        const slow = await encodedRecording();
        await daglo.refuseAtFirst(slow, 429, 1, { "Retry-After": "300" });
        await alice.convert(slow);
        await until(async () => (await audioSubmissions(slow)) === 1, "it was refused").atMost("10s");
        // Recordings enough that each partition has one behind the slow one.
        const others = await Promise.all(Array.from({ length: 6 }, encodedRecording));
        await Promise.all(others.map((id) => alice.convert(id)));
        for (const id of others) await reaches(id, "COMPLETED");
        expect(await audioSubmissions(slow), "it still waits").to.equal(1);
        expect((await alice.view(slow)).status).to.equal("PROCESSING");

        await using database = new Database(world.databaseUrl, 1, silent);
        const held = await database.query(
          `update outbox set due_at = now() where key = $1 and sent_at is null
             and due_at > now() + interval '200 seconds'`,
          [slow],
        );
        expect(held.rowCount, "the retry waits in the outbox").to.equal(1);
        await reaches(slow, "COMPLETED");
        expect(await audioSubmissions(slow)).to.equal(2);
      });
    });
  }

  it("waits longer than the group's session timeout without leaving the group", async () => {
    // Brokers and clients of the tests have session timeouts of 6 s.
    await begin({ STT_RETRY_DELAY_MS: "8000" });
    await using _stopping = instance;
    const waiting = await encodedRecording();
    await daglo.refuseAtFirst(waiting, 503, 1);
    await alice.convert(waiting);
    const retryOf = (id: string) =>
      world.deliveries.filter(
        ({ message }) => message.key === id && message.topic === retryTopics.processing,
      );
    await until(() => retryOf(waiting).length > 0, "the retry waits at its partition").atMost("20s");

    const meanwhile = await encodedRecording();
    expect(retryOf(waiting)[0]?.outcome, "it waits while others work").to.equal(undefined);
    await alice.convert(meanwhile);
    await until(async () => (await audioSubmissions(waiting)) === 2, "it was tried again").atMost("20s");
    await until(() => retryOf(meanwhile)[0]?.outcome, "so was the other").atMost("20s");

    expect((await alice.call("GET", "/health/ready")).status).to.equal(200);
    const places = world.deliveries.map(placeOf);
    expect(places, "every message was handed over once").to.deep.equal([...new Set(places)]);
    expect(world.deliveries.filter(({ aborted }) => aborted)).to.deep.equal([]);
  });
});
