import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage as HttpAnswer } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { ulid } from "ulid";
import { until } from "../harness/util/until.ts";
import { chunkAccepted, problem, readiness } from "./contract/api.ts";
import { messageHeaders } from "./contract/messages.ts";
import { type Status, statuses } from "./contract/status.ts";
import { deadLetterTopics } from "./contract/topics.ts";
import { wavHeader } from "./domain/wav.ts";
import { createMessaging } from "./messaging/create.ts";
import type { IncomingMessage } from "./messaging/messaging.ts";
import { Database } from "./storage/database.ts";
import { DagloStub } from "./testing/daglo-stub.ts";
import { newChunk, tokenFor } from "./testing/factory.ts";
import { quietHooks } from "./testing/quiet-hooks.ts";
import { service, silent, uniqueName, useServers } from "./testing/servers.integration.test.ts";
import { pathTo, SttUser } from "./testing/stt-user.ts";

const happyPath: readonly Status[] = statuses.filter((status) => status !== "FAILED");

describe("the service", () => {
  const servers = useServers();
  let alice: SttUser;
  let daglo: DagloStub;

  before(async () => {
    const { services, jwtSecret, upstreamUrl } = servers.running;
    alice = new SttUser(services[0]?.baseUrl ?? "", await tokenFor("alice", jwtSecret));
    daglo = new DagloStub(upstreamUrl);
  });

  async function reaches(id: string, wanted: Status): Promise<void> {
    await until(async () => (await alice.view(id)).status === wanted, `${id} is ${wanted}`).atMost("20s");
  }

  async function encodedRecording(): Promise<string> {
    const id = await alice.start();
    expect((await alice.send(id, 0, newChunk(), true)).status).to.equal(202);
    await reaches(id, "ENCODED");
    return id;
  }

  describe("a recording", () => {
    it("goes from chunks to a WAV, to text, to a summary, and never backwards", async () => {
      const id = await alice.start();
      const chunks = [newChunk(), newChunk(), newChunk()] as const;
      expect((await alice.heartbeat(id)).status).to.equal(204);
      // Out of order, and one of them twice.
      for (const seq of [1, 0, 1] as const) {
        const { status, json } = await alice.send(id, seq, chunks[seq]);
        expect(status).to.equal(202);
        expect(chunkAccepted.parse(json)).to.deep.equal({ id, seq, status: "RECORDING" });
      }
      const finished = await alice.send(id, 2, chunks[2], true);
      expect(chunkAccepted.parse(finished.json)).to.deep.equal({ id, seq: 2, status: "ENCODING" });

      await reaches(id, "ENCODED");
      const wav = readFileSync(join(servers.running.audioFolder, id, "recording.wav"));
      const expected = Buffer.concat([wavHeader(9_600), ...chunks]);
      expect(wav.equals(expected), "the WAV is its header and the chunks in order").to.equal(true);

      expect(await alice.convert(id)).to.deep.include({ status: 202, json: { id, status: "PROCESSING" } });
      expect((await alice.convert(id)).status).to.equal(202);
      const seen: { status: Status; version: number }[] = [];
      const completed = async () => {
        const now = await alice.status(id);
        seen.push(now);
        return now.status === "COMPLETED";
      };
      await until(completed, "it is COMPLETED").every("20ms").atMost("20s");
      const versions = seen.map(({ version }) => version);
      expect(versions).to.deep.equal(versions.toSorted((a, b) => a - b));
      for (const { status, version } of seen) expect(happyPath[version - 1]).to.equal(status);

      const { text: words, summary, error, timings } = await alice.view(id);
      expect(words).to.equal("The quick brown fox jumps over the lazy dog.");
      expect(summary).to.equal("A fox jumps over a dog.");
      expect(error).to.equal(null);
      const inTime = happyPath.map((status) => timings[status] ?? "never");
      expect(inTime).to.deep.equal(inTime.toSorted());
      expect(inTime).not.to.include("never");

      const submissions = await daglo.submissionsOf(id);
      expect(submissions.map(({ url }) => url)).to.deep.equal([
        ...["/stt/v1/async/transcripts", "/nlp/v1/async/summaries"],
      ]);
      expect(submissions[0]?.body.equals(expected), "Daglo got the whole WAV").to.equal(true);
      expect(JSON.parse(String(submissions[1]?.body))).to.deep.equal({ text: words });
    });

    it("is not finished while a chunk is missing, which is named", async () => {
      const id = await alice.start();
      await alice.send(id, 0, newChunk());
      const last = newChunk();
      const refused = await alice.send(id, 3, last, true);
      expect(refused.status).to.equal(409);
      expect(refused.headers.get("content-type")).to.match(/^application\/problem\+json/);
      expect(problem.parse(refused.json)).to.deep.include({ missing: [1, 2], recordingStatus: "RECORDING" });

      await alice.send(id, 2, newChunk());
      expect(problem.parse((await alice.send(id, 3, last, true)).json).missing).to.deep.equal([1]);
      await alice.send(id, 1, newChunk());
      expect((await alice.send(id, 3, last, true)).status).to.equal(202);
      await reaches(id, "ENCODED");
    });

    it("takes the same chunk again, and no other, once it is finished", async () => {
      const id = await alice.start();
      const chunk = newChunk();
      expect((await alice.convert(id)).status, "conversion while RECORDING").to.equal(409);
      await alice.send(id, 0, chunk);
      expect((await alice.send(id, 0, newChunk())).status, "other bytes while RECORDING").to.equal(409);
      await alice.send(id, 0, chunk, true);
      expect((await alice.send(id, 0, chunk)).status, "the same").to.equal(202);
      expect((await alice.send(id, 0, chunk, true)).status, "the same finish").to.equal(202);
      expect((await alice.send(id, 0, newChunk())).status, "other bytes").to.equal(409);
      expect((await alice.send(id, 1, newChunk())).status, "a new one").to.equal(409);
    });

    it("is its owner's only", async () => {
      const id = await encodedRecording();
      const routes = [
        ...(["POST /chunks?seq=0", "POST /heartbeat", "POST /transcription"] as const),
        ...(["GET /status", "GET "] as const),
      ].map((route) => route.split(" ") as [string, string]);
      const mallory = await tokenFor("mallory", servers.running.jwtSecret);
      const forged = await tokenFor("alice", "a secret the service does not have");
      for (const [method, path] of routes) {
        const body = path.startsWith("/chunks") ? { body: newChunk() } : {};
        const answers = async (token: string | null) =>
          (await alice.call(method, pathTo(id) + path, { token, ...body })).status;
        expect(await answers(mallory), `${method} ${path} of another subject`).to.equal(404);
        expect(await answers(null), `${method} ${path} without a token`).to.equal(401);
        expect(await answers(forged), `${method} ${path} with a forged token`).to.equal(401);
      }
      expect((await alice.view(id)).status).to.equal("ENCODED");
      expect((await alice.call("GET", pathTo(ulid()))).status, "no such recording").to.equal(404);
    });
  });

  describe("when Daglo", () => {
    it("refuses for good, fails the recording with the cause, and puts it in the dead letters", async () => {
      const id = await encodedRecording();
      await daglo.refuse(id, 422);
      await alice.convert(id);
      await reaches(id, "FAILED");
      expect((await alice.view(id)).error).to.match(/422: no, says the test/);
      expect(await daglo.submissionsOf(id)).to.have.length(1);
      expect((await alice.convert(id)).status, "conversion of a FAILED one").to.equal(409);

      const letters = await deadLettersOf(id);
      expect(letters).to.have.length(1);
      expect(letters[0]?.headers[messageHeaders.cause]).to.match(/422/);
      expect(JSON.parse(letters[0]?.value ?? "")).to.deep.equal({ recordingId: id });
    });

    it("fails for a while, asks again until it works", async () => {
      const id = await encodedRecording();
      await daglo.refuseAtFirst(id, 503, 3);
      await alice.convert(id);
      await reaches(id, "COMPLETED");
      const urls = (await daglo.submissionsOf(id)).map(({ url }) => url);
      expect(urls.filter((url) => url === "/stt/v1/async/transcripts")).to.have.length(4);
    });
  });

  /** Reads the topic of dead letters until the recording's has come. */
  async function deadLettersOf(id: string): Promise<IncomingMessage[]> {
    const kafka = {
      client: "platformatic",
      brokers: servers.brokers,
      acks: "all",
      idempotent: true,
    } as const;
    await using messaging = await createMessaging({
      config: kafka,
      clientId: "reader",
      logger: silent,
      hooks: quietHooks,
    });
    const found: IncomingMessage[] = [];
    await using _subscription = await messaging.subscribe({
      group: uniqueName("reader"),
      topics: [deadLetterTopics.processing],
      handler: async (letter) => {
        if (letter.key === id) found.push(letter);
      },
    });
    await until(() => found.length > 0, `the dead letter of ${id} has come`).atMost("10s");
    return found;
  }

  it("without Redis does the same work", async () => {
    await using _cut = await servers.cut("redis-1", service);
    const id = await encodedRecording();
    expect((await alice.heartbeat(id)).status).to.equal(204);
    await alice.convert(id);
    await until(async () => (await alice.status(id)).status === "COMPLETED", "it is COMPLETED").atMost("20s");
    expect(await daglo.submissionsOf(id)).to.have.length(2);
    expect((await alice.call("GET", "/health/ready")).status).to.equal(200);
  });

  it("tells at /metrics what it has done, and how it uses its connections to PostgreSQL", async () => {
    await encodedRecording();
    const answer = await fetch(new URL("/metrics", servers.running.services[0]?.baseUrl));
    expect(answer.headers.get("content-type")).to.match(/^text\/plain; version=0\.0\.4/);
    const metrics = await answer.text();
    const aboveZero = (name: string, label: string) =>
      new RegExp(`^${name}\\{[^}]*${label}[^}]*\\} [1-9]`, "m");
    expect(metrics).to.match(aboveZero("stt_stage_duration_seconds_count", 'stage="encoding"'));
    expect(metrics).to.match(aboveZero("stt_database_pool_connections", 'state="total"'));
  });

  it("without PostgreSQL says so, accepts nothing, and works again when it is back", async () => {
    const id = await alice.start();
    const chunk = newChunk();
    {
      await using _cut = await servers.cut("postgres", service);
      const refused = await alice.send(id, 0, chunk);
      expect(refused.status).to.equal(503);
      expect(Number(refused.headers.get("retry-after"))).to.be.at.least(1);
      const { status, json } = await alice.call("GET", "/health/ready");
      expect(status).to.equal(503);
      const bad = Object.entries(readiness.parse(json).checks).filter(([, check]) => !check.ok);
      expect(bad.map(([name]) => name)).to.deep.equal(["database"]);
      expect((await alice.call("GET", "/health/live")).status).to.equal(200);
    }
    const again = async () => (await alice.send(id, 0, chunk, true)).status === 202;
    await until(again, "it takes the chunk").atMost("10s");
    await reaches(id, "ENCODED");
  });

  // The last one, for it restarts the service.
  describe("asked to stop,", () => {
    it("finishes the request at hand, goes, and its successor finishes the work", async () => {
      const node = servers.running.node(service);
      const converting = await encodedRecording();
      await alice.convert(converting);

      const recording = await alice.start();
      const chunk = newChunk();
      const upload = await alice.beginLastChunk(recording, chunk);
      const stopped = node.stop();
      const refusesOthers = () =>
        alice.call("GET", "/health/live").then(
          () => false,
          () => true,
        );
      await until(refusesOthers, "it takes no more connections").atMost("5s");
      upload.end(chunk);
      const [answer] = (await once(upload, "response")) as [HttpAnswer];
      expect(answer.statusCode, await text(answer)).to.equal(202);
      await stopped;

      expect(readFileSync(node.logFile, "utf8").trimEnd().split("\n").at(-1)).to.contain('"msg":"drained"');
      await using database = new Database(servers.databaseUrl, 1, silent);
      const leases = await database.query("select holder from leases");
      expect(leases.rows, "the relay's lease is given up").to.deep.equal([]);

      await node.start();
      await reaches(recording, "ENCODED");
      await reaches(converting, "COMPLETED");
      expect(await daglo.submissionsOf(converting)).to.have.length(2);
    });
  });
});
