import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { ulid } from "ulid";
import { until } from "../harness/util/until.ts";
import { problem } from "./contract/api.ts";
import { type DeadLetterDetails, deadLetterDetails, deadLetterList } from "./contract/dead-letters.ts";
import type { Status } from "./contract/status.ts";
import { Database } from "./storage/database.ts";
import { DagloStub } from "./testing/daglo-stub.ts";
import { newChunk, tokenFor } from "./testing/factory.ts";
import { service, silent, useServers } from "./testing/servers.integration.test.ts";
import { SttUser } from "./testing/stt-user.ts";

const base = "/api/admin/dead-letters";
const tool = fileURLToPath(new URL("dead-letters.ts", import.meta.url));

describe("the dead letters' tools", () => {
  const servers = useServers();
  let alice: SttUser;
  let admin: SttUser;
  let daglo: DagloStub;

  before(async () => {
    const { services, jwtSecret, upstreamUrl } = servers.running;
    const url = services[0]?.baseUrl ?? "";
    alice = new SttUser(url, await tokenFor("alice", jwtSecret));
    admin = new SttUser(url, await tokenFor("root", jwtSecret, "stt:admin"));
    daglo = new DagloStub(upstreamUrl);
  });

  async function reaches(id: string, wanted: Status): Promise<void> {
    await until(async () => (await alice.view(id)).status === wanted, `${id} is ${wanted}`).atMost("30s");
  }

  /** A recording whose submission the upstream refuses once. */
  async function failedRecording(): Promise<string> {
    const id = await alice.start();
    await alice.send(id, 0, newChunk(), true);
    await reaches(id, "ENCODED");
    await daglo.refuseAtFirst(id, 422, 1);
    await alice.convert(id);
    await reaches(id, "FAILED");
    return id;
  }

  const requeue = (id: string, query = "") => admin.call("POST", `${base}/${id}/requeue${query}`);

  async function details(id: string): Promise<DeadLetterDetails> {
    return deadLetterDetails.parse((await admin.call("GET", `${base}/${id}`)).json);
  }

  it("lists and shows what failed, page by page, with stage, cause and history", async () => {
    const [first, second] = [await failedRecording(), await failedRecording()];
    const page = async (query: string) => {
      const { deadLetters } = deadLetterList.parse((await admin.call("GET", `${base}?${query}`)).json);
      return deadLetters.map(({ id }) => id);
    };
    expect((await page("stage=processing")).slice(0, 2)).to.deep.equal([second, first]);
    expect(await page("limit=1")).to.deep.equal([second]);
    expect(await page(`before=${second}&limit=1`)).to.deep.equal([first]);
    expect(await page("stage=encoding")).not.to.include.members([first]);

    const found = await details(first);
    expect(found).to.deep.include({
      id: first,
      owner: "alice",
      stage: "processing",
      version: 5,
      sttRid: null,
    });
    expect(found.cause).to.match(/422/);
    expect(found.transitions.map(({ to }) => to)).to.deep.equal([
      ...["RECORDING", "ENCODING", "ENCODED", "PROCESSING", "FAILED"],
    ]);
    for (const [method, path] of [
      ["GET", base],
      ["GET", `${base}/${first}`],
      ["POST", `${base}/${first}/requeue`],
    ] as const) {
      expect((await alice.call(method, path)).status, `${method} ${path} without the scope`).to.equal(403);
    }
    expect((await admin.call("GET", `${base}/${ulid()}`)).status).to.equal(404);
  });

  it("requeues once, to the stage that failed, which then completes; the history says who asked", async () => {
    const id = await failedRecording();
    const answers = await Promise.all([requeue(id), requeue(id), requeue(id)]);
    expect(answers.map(({ status }) => status).toSorted()).to.deep.equal([202, 409, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(problem.parse(refused?.json).type).to.equal("/problems/not-failed");
    await reaches(id, "COMPLETED");
    expect((await alice.view(id)).error, "its error is forgotten").to.equal(null);
    expect((await alice.status(id)).status, "the cache follows").to.equal("COMPLETED");
    const urls = (await daglo.submissionsOf(id)).map(({ url }) => url);
    expect(
      urls.filter((url) => url.includes("/stt/")),
      "refused, then taken",
    ).to.have.length(2);
    expect((await requeue(id)).status, "a completed one").to.equal(409);
    await using database = new Database(servers.databaseUrl, 1, silent);
    const actors = await database.query(
      "select from_status, to_status, actor from transitions where recording_id = $1 and actor is not null",
      [id],
    );
    expect(actors.rows).to.deep.equal([{ from_status: "FAILED", to_status: "PROCESSING", actor: "root" }]);
    expect((await requeue(ulid())).status, "an unknown one").to.equal(404);
  });

  it("asks for a submitted job again, and submits it anew when told to", async () => {
    const id = await failedRecording();
    await using database = new Database(servers.databaseUrl, 1, silent);
    await database.query("update transcriptions set stt_rid = 'lost-upstream' where id = $1", [id]);
    const before = (await details(id)).version;
    await requeue(id);
    await until(async () => (await details(id)).version === before + 2, "it failed again").atMost("20s");
    expect(await daglo.submissionsOf(id), "the job was asked for, not submitted").to.have.length(1);
    await requeue(id, "?resubmit=true");
    await reaches(id, "COMPLETED");
  });

  it("shows the status at once after a requeue, also when Redis was away for it", async () => {
    const id = await failedRecording();
    expect((await alice.status(id)).status).to.equal("FAILED"); // it is in the cache now
    {
      await using _cut = await servers.cut("redis-1", service);
      expect((await requeue(id)).status).to.equal(202);
    }
    const completed = async () => (await alice.status(id)).status === "COMPLETED";
    await until(completed, "the cached status is COMPLETED").atMost("20s");
  });

  describe("on the command line", () => {
    interface Outcome {
      readonly code: number;
      readonly out: string;
      readonly err: string;
    }

    async function run(
      args: readonly string[],
      env: Readonly<Record<string, string>> = {},
    ): Promise<Outcome> {
      const { running, brokers } = servers;
      const environment = {
        STT_DATABASE_URL: servers.databaseUrl,
        STT_REDIS_URL: servers.redisUrl,
        STT_KAFKA_BROKERS: brokers.map(({ host, port }) => `${host}:${port}`).join(","),
        STT_DAGLO_URL: running.upstreamUrl,
        STT_AUDIO_DIR: running.audioFolder,
        STT_JWT_SECRET: running.jwtSecret,
        ...env,
      };
      try {
        const { stdout, stderr } = await promisify(execFile)(process.execPath, [tool, ...args], {
          env: environment,
        });
        return { code: 0, out: stdout, err: stderr };
      } catch (error) {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
        return { code, out: stdout, err: stderr };
      }
    }

    it("lists, shows with the evidence in Kafka, and requeues", async () => {
      const id = await failedRecording();
      const listed = await run(["list", "--stage", "processing", "--json"]);
      const lines = listed.out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(lines[0], listed.err).to.include({ id, stage: "processing", owner: "alice" });

      const shown = await until(async () => {
        const answer = JSON.parse((await run(["show", id])).out);
        return answer.letters.length > 0 && answer;
      }, "its dead letter is in Kafka").atMost("20s");
      expect(shown.letters).to.have.length(1);
      expect(shown.letters[0].headers).to.include({ "origin-topic": "stt-processing-topic", attempt: "0" });
      expect(shown.letters[0].headers.cause).to.match(/422/);
      const letters = await run(["letters", "--stage", "processing"]);
      expect(letters.out).to.contain(id);

      const done = await run(["requeue", id]);
      expect(done, done.err).to.deep.include({ code: 0, out: `${id}  PROCESSING\n` });
      await reaches(id, "COMPLETED");
      const again = await run(["requeue", id]);
      expect(again.code).to.equal(1);
      expect(again.err).to.contain(
        `${id}  not requeued: a recording is requeued when it is FAILED, not COMPLETED`,
      );
      expect((await run(["show", id])).err).to.contain(`there is no FAILED recording ${id}`);
    });

    it("requeues all of a stage", async () => {
      const ids = [await failedRecording(), await failedRecording()];
      const { out } = await run(["requeue", "--all", "--stage", "processing"]);
      for (const id of ids) expect(out).to.contain(`${id}  PROCESSING`);
      for (const id of ids) await reaches(id, "COMPLETED");
      expect((await run(["requeue"])).code, "neither names nor --all").to.equal(1);
      const limit = await run(["list", "--limit", "0"]);
      expect(limit).to.deep.include({ code: 1, out: "" });
      expect(limit.err).to.contain("a whole number from 1 is needed");
    });

    it("says what is wrong with its environment", async () => {
      const incomplete = await run(["list"], { STT_DATABASE_URL: "" });
      expect(incomplete.code).to.equal(2);
      expect(incomplete.err).to.contain("STT_DATABASE_URL");
      const { code, err } = await run(["list"], { STT_DATABASE_URL: "postgres://nobody@127.0.0.1:9/none" });
      expect(code, err).to.equal(3);
      expect(err).to.contain("PostgreSQL is unavailable");
    });
  });
});
