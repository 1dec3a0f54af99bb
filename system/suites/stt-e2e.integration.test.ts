import { expect } from "chai";
import { until } from "../../harness/util/until.ts";
import { problem } from "../contract/api.ts";
import { messageHeaders } from "../contract/messages.ts";
import { deadLetterTopics } from "../contract/topics.ts";
import { wavHeaderBytes } from "../domain/wav.ts";
import { readTopics } from "../messaging/read-topics.ts";
import { newChunk, spokenChunks } from "../testing/factory.ts";
import { service, uniqueName, useServers } from "../testing/servers.integration.test.ts";
import { happyPath, interfaces, World } from "./e2e-world.integration.test.ts";

/** What the stub of Daglo makes of every recording. */
const transcript = "The quick brown fox jumps over the lazy dog.";
const summary = "A fox jumps over a dog.";

const submittedOnce = ["/stt/v1/async/transcripts", "/nlp/v1/async/summaries"];

const scenarios: readonly (readonly [title: string, run: (world: World) => Promise<void>])[] = [
  [
    "1 a recording goes all the way to COMPLETED",
    async (world) => {
      const alice = await world.user("alice");
      const { chunks } = spokenChunks("pcm");
      const id = await alice.record(chunks);
      await alice.convert(id);
      await world.expectWavOf(id, chunks);
      await alice.hears(id, "COMPLETED");

      const told = alice.told(id).filter((status, index, all) => status !== all[index - 1]);
      expect(told).to.deep.equal(
        world.tellsEveryStep ? happyPath : happyPath.filter((status) => told.includes(status)),
      );
      const view = await alice.view(id);
      expect(view).to.include({ text: transcript, summary, error: null });
      const moments = happyPath.map((status) => view.timings[status] ?? "never");
      expect(moments, "every state was entered, in order").to.deep.equal(moments.toSorted());
      expect(moments).not.to.include("never");
      expect(await world.submissions(id)).to.deep.equal(submittedOnce);
    },
  ],
  [
    "1 so does one of WebM/Opus",
    async (world) => {
      const alice = await world.user("alice");
      const { chunks, mediaType } = spokenChunks("webm");
      const id = await alice.record(chunks, mediaType);
      await alice.convert(id);
      const samples = (await world.wav(id)).length - wavHeaderBytes;
      const spoken = Buffer.concat(spokenChunks("pcm").chunks).length;
      expect(samples, "as long as what was said").to.be.within(0.99 * spoken, 1.01 * spoken);
      await alice.hears(id, "COMPLETED");
    },
  ],
  [
    "2 chunks out of order and repeated become the recording in order, each once",
    async (world) => {
      const alice = await world.user("alice");
      const id = await alice.start();
      const chunks = [newChunk(), newChunk(), newChunk(), newChunk()] as const;
      for (const seq of [2, 0, 2, 3, 1, 0] as const) {
        const accepted = { status: 202, json: { id, seq, status: "RECORDING" } };
        expect(await alice.by.send(id, seq, chunks[seq])).to.deep.include(accepted);
      }
      const finished = { status: 202, json: { id, seq: 3, status: "ENCODING" } };
      expect(await alice.by.send(id, 3, chunks[3], true)).to.deep.include(finished);
      expect((await alice.by.send(id, 3, chunks[3], true)).status, "the end, again").to.equal(202);
      expect((await alice.by.send(id, 1, chunks[1])).status, "a chunk after the end, again").to.equal(202);
      await alice.hears(id, "ENCODED");
      await world.expectWavOf(id, chunks);
    },
  ],
  [
    "3 a finish with a chunk missing is refused, and accepted when it has come",
    async (world) => {
      const alice = await world.user("alice");
      const id = await alice.start();
      const [first, missing, last] = [newChunk(), newChunk(), newChunk()];
      await alice.by.send(id, 0, first);
      const refused = problem.parse((await alice.by.send(id, 2, last, true)).json);
      expect(refused).to.deep.include({ status: 409, missing: [1], recordingStatus: "RECORDING" });
      expect((await alice.by.convert(id)).status, "not encoded").to.equal(409);
      expect((await alice.by.send(id, 1, missing)).status).to.equal(202);
      expect((await alice.by.send(id, 2, last, true)).status).to.equal(202);
      await alice.convert(id);
      await world.expectWavOf(id, [first, missing, last]);
      await alice.hears(id, "COMPLETED");
    },
  ],
  [
    "4 when the heartbeat expires, encoding begins with what there is",
    async (world) => {
      const id = await (await world.user("alice")).start();
      const chunk = newChunk();
      {
        await using vanishing = await world.user("alice");
        await vanishing.by.send(id, 0, chunk);
        expect((await vanishing.by.heartbeat(id)).status).to.equal(204);
      }
      const alice = await world.user("alice");
      alice.watch(id);
      await alice.hears(id, "RECORDING");
      await world.setSilence(id, 60); // instead of being silent for that long
      await alice.hears(id, "ENCODED");
      await world.expectWavOf(id, [chunk]);
      const tooLate = await alice.by.send(id, 1, newChunk());
      expect(problem.parse(tooLate.json).type).to.equal("/problems/recording-over");
    },
  ],
  [
    "5 a request for conversion starts PROCESSING, and the rid is kept",
    async (world) => {
      const alice = await world.user("alice");
      const id = await alice.record([newChunk()]);
      expect(await world.row(id), "before").to.include({ sttRid: null });
      await alice.convert(id);
      const row = await until(async () => {
        const now = await world.row(id);
        return now.sttRid !== null && now;
      }, "the rid is in PostgreSQL").atMost("10s");
      expect(row.status).to.equal("PROCESSING");
      expect(row.sttRid).to.match(new RegExp(`^rid-\\d{13}-${id}$`));
      expect((await alice.by.convert(id)).status, "asked again").to.equal(202);
      await alice.hears(id, "COMPLETED");
      expect(await world.row(id), "the same job to the end").to.include({ sttRid: row.sttRid });
      expect(await world.submissions(id)).to.deep.equal(submittedOnce);
    },
  ],
  [
    "6 progress of 50, then 100, reaches the user",
    async (world) => {
      const alice = await world.user("alice");
      const id = await alice.record([newChunk()]);
      await alice.convert(id);
      await until(() => alice.progress(id).includes(50), "50 % was told").atMost("10s");
      expect(alice.told(id).at(-1)).to.equal("PROCESSING");
      await until(() => alice.progress(id).includes(100), "100 % was told").atMost("10s");
      expect([...new Set(alice.progress(id))]).to.deep.equal([50, 100]);
    },
  ],
  [
    "7 Daglo fails for a while: asked again, it completes",
    async (world) => {
      const alice = await world.user("alice");
      const id = await alice.record([newChunk()]);
      await alice.hears(id, "ENCODED");
      await world.daglo.refuseAtFirst(id, 503, 3);
      await alice.convert(id);
      await alice.hears(id, "COMPLETED");
      expect(alice.told(id)).not.to.include("FAILED");
      const submissions = (await world.submissions(id)).filter((path) => path === submittedOnce[0]);
      expect(submissions, "three refused, one taken").to.have.length(4);
    },
  ],
  [
    "8 Daglo refuses for good: FAILED, a dead letter, and a requeue completes it",
    async (world) => {
      const alice = await world.user("alice");
      const id = await alice.record([newChunk()]);
      await alice.hears(id, "ENCODED");
      await world.daglo.refuseAtFirst(id, 422, 1);
      await alice.convert(id);
      await alice.hears(id, "FAILED");
      expect((await alice.view(id)).error).to.match(/422/);

      const letters = await until(async () => {
        const all = await Array.fromAsync(
          readTopics({ brokers: world.servers.brokers }, [deadLetterTopics.processing]),
        );
        const found = all.filter(({ key }) => key === id);
        return found.length > 0 && found;
      }, "the dead letter is in Kafka").atMost("10s");
      expect(letters).to.have.length(1);
      expect(letters[0]?.headers[messageHeaders.cause]).to.match(/422/);

      const admin = await world.admin();
      expect((await admin.call("POST", `/api/admin/dead-letters/${id}/requeue`)).status).to.equal(202);
      await alice.hears(id, "COMPLETED");
      expect(await alice.view(id)).to.include({ text: transcript, summary, error: null });
    },
  ],
  [
    "9 ten recordings of five users at once are kept apart",
    async (world) => {
      const names = Array.from({ length: 5 }, (_, n) => uniqueName(`user-${n}`));
      const recordings = await Promise.all(
        [...names, ...names].map(async (name) => {
          const user = await world.user(name);
          const chunks = [newChunk(), newChunk(), newChunk()];
          const id = await user.record(chunks);
          await user.convert(id);
          return { name, user, chunks, id };
        }),
      );
      for (const { name, user, chunks, id } of recordings) {
        await user.hears(id, "COMPLETED");
        await world.expectWavOf(id, chunks);
        expect(await world.row(id)).to.include({ owner: name });
        const [audio, text, ...more] = await world.daglo.submissionsOf(id);
        expect(audio?.body.equals(await world.wav(id)), "Daglo was sent this one's sound").to.equal(true);
        expect([text?.url, more.length]).to.deep.equal([submittedOnce[1], 0]);
      }
      const [first, second] = recordings;
      expect(await world.hidesFrom(second?.name ?? "", first?.id ?? "")).to.equal(true);
    },
  ],
  [
    "10 an instance is killed in mid-flow: its successor completes everything",
    async (world) => {
      const alice = await world.user("alice");
      const [first, last] = [newChunk(), newChunk()];
      const recording = await alice.start();
      expect((await alice.by.send(recording, 0, first)).status).to.equal(202);
      const converting = await alice.record([newChunk()]);
      await alice.convert(converting);
      const submitted = async () => (await world.row(converting)).sttRid !== null;
      await until(submitted, "it is at Daglo").atMost("10s");

      const node = world.servers.running.node(service);
      await node.kill();
      await node.start();

      const sentOn = async () => (await alice.by.send(recording, 1, last, true)).status === 202;
      await until(sentOn, "the successor takes the last chunk").atMost("20s");
      await alice.convert(recording);
      for (const id of [recording, converting]) {
        await alice.hears(id, "COMPLETED");
        expect(await world.submissions(id), "nothing was submitted twice").to.deep.equal(submittedOnce);
      }
      await world.expectWavOf(recording, [first, last]);
    },
  ],
];

describe("SttE2E", () => {
  const servers = useServers();

  for (const by of interfaces) {
    describe(`over ${by.name}`, () => {
      let world: World;
      beforeEach(() => {
        const baseUrl = servers.running.services[0]?.baseUrl ?? "";
        world = new World(servers, by, { baseUrl, databaseUrl: servers.databaseUrl });
      });
      afterEach(() => world[Symbol.asyncDispose]());

      for (const [title, run] of scenarios) it(title, () => run(world));
    });
  }
});
