import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { ulid } from "ulid";
import { maxChunkBytes, problem, recordingCreated } from "../contract/api.ts";
import { tokenFor } from "../testing/factory.ts";
import { service, uniqueName, useServers } from "../testing/servers.integration.test.ts";

const base = "/api/stt/recordings";
const pcm = "application/octet-stream";
const webmHeader = Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x01, 0, 0, 0]);

describe("the HTTP interface of a running service", () => {
  const servers = useServers();
  let token: string;

  before(async () => {
    token = await tokenFor("alice", servers.running.jwtSecret);
  });

  function post(path: string, headers: Record<string, string> = {}, body?: Uint8Array): Promise<Response> {
    return fetch(new URL(path, servers.running.services[0]?.baseUrl), {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(body ? { body: new Uint8Array(body) } : {}),
      signal: AbortSignal.timeout(10_000),
    });
  }
  const start = async (headers: Record<string, string> = {}) =>
    recordingCreated.parse(await (await post(base, headers)).json()).id;

  /** The status, and the type of problem if it is one. */
  async function outcome(response: Response): Promise<string> {
    if (response.ok) return String(response.status);
    const { type } = problem.parse(await response.json());
    return `${response.status} ${type.replace("/problems/", "")}`;
  }
  const send = async (id: string, query: string, body: Uint8Array, type: string | null = pcm) =>
    outcome(await post(`${base}/${id}/chunks?${query}`, type === null ? {} : { "content-type": type }, body));

  describe("an Idempotency-Key", () => {
    it("gives the same recording each time, whoever of several requests is first", async () => {
      const key = { "idempotency-key": uniqueName("key") };
      const responses = await Promise.all(Array.from({ length: 8 }, () => post(base, key)));
      expect(responses.map(({ status }) => status)).to.deep.equal(Array(8).fill(201));
      const bodies = await Promise.all(responses.map((response) => response.text()));
      expect(new Set(bodies).size).to.equal(1);
      expect(new Set(responses.map(({ headers }) => headers.get("location"))).size).to.equal(1);
      const replays = responses.filter(({ headers }) => headers.get("idempotent-replayed") === "true");
      expect(replays).to.have.length(7);
      expect(await start(key)).to.equal(JSON.parse(bodies[0] ?? "").id);
    });

    it("gives the same answer when the recording has moved on", async () => {
      const key = { "idempotency-key": uniqueName("key") };
      const id = await start(key);
      expect(await send(id, "seq=0&finish=true", Buffer.alloc(3_200, 1))).to.equal("202");
      expect(await (await post(base, key)).json()).to.deep.equal({ id, status: "RECORDING" });
    });

    it("is its subject's own", async () => {
      const key = { "idempotency-key": uniqueName("key") };
      const id = await start(key);
      const authorization = `Bearer ${await tokenFor("bob", servers.running.jwtSecret)}`;
      expect(await start({ ...key, authorization })).not.to.equal(id);
    });
  });

  // The table of docs/service/api.md, row by row.
  describe("a chunk", () => {
    const bytes = Buffer.alloc(3_200, 7);
    const other = Buffer.alloc(3_200, 8);

    it("is accepted out of order, and again with the same bytes", async () => {
      const id = await start();
      for (const seq of [2, 0, 1, 0]) expect(await send(id, `seq=${seq}`, bytes)).to.equal("202");
    });

    it("is refused with other bytes under the same number", async () => {
      const id = await start();
      await send(id, "seq=0", bytes);
      expect(await send(id, "seq=0", other)).to.equal("409 chunk-conflict");
    });

    it("does not end a recording that lacks others, but is stored", async () => {
      const id = await start();
      expect(await send(id, "seq=1&finish=true", bytes)).to.equal("409 chunks-missing");
      expect(await send(id, "seq=1", other)).to.equal("409 chunk-conflict");
      await send(id, "seq=0", bytes);
      expect(await send(id, "seq=1&finish=true", bytes)).to.equal("202");
    });

    it("does not end a recording that has later ones", async () => {
      const id = await start();
      for (const seq of [0, 1]) await send(id, `seq=${seq}`, bytes);
      expect(await send(id, "seq=0&finish=true", bytes)).to.equal("409 chunks-missing");
    });

    it("after the end is refused, unless it repeats one that is stored", async () => {
      const id = await start();
      await send(id, "seq=0&finish=true", bytes);
      expect(await send(id, "seq=0", bytes)).to.equal("202");
      expect(await send(id, "seq=0", other)).to.equal("409 chunk-conflict");
      expect(await send(id, "seq=1", bytes)).to.equal("409 recording-over");
    });

    it("for an id that is unknown, malformed or another's finds no recording", async () => {
      for (const id of [ulid(), "nonsense"]) {
        expect(await send(id, "seq=0", bytes)).to.equal("404 recording-not-found");
      }
      const id = await start({ authorization: `Bearer ${await tokenFor("bob", servers.running.jwtSecret)}` });
      expect(await send(id, "seq=0", bytes)).to.equal("404 recording-not-found");
    });

    it("may be empty only as the last one, which ends the recording", async () => {
      const id = await start();
      await send(id, "seq=0", bytes);
      expect(await send(id, "seq=1", Buffer.alloc(0))).to.equal("400 empty-chunk");
      expect(await send(id, "seq=1&finish=true", Buffer.alloc(0))).to.equal("202");
    });

    it("is refused when it is too large, cut within a sample, or its place is missing or out of range", async () => {
      const id = await start();
      expect(await send(id, "seq=0", Buffer.alloc(maxChunkBytes + 1))).to.equal("413 body-too-large");
      expect(await send(id, "seq=0", Buffer.alloc(3, 7))).to.equal("400 odd-bytes");
      for (const query of ["", "seq=1000000", "seq=-1", "seq=one", "seq=0&finish=perhaps"]) {
        expect(await send(id, query, bytes), query).to.equal("400 invalid-request");
      }
    });

    it("is refused without a media type, of an unknown one, and of another than the first's", async () => {
      const id = await start();
      expect(await send(id, "seq=0", bytes, null)).to.equal("415 unsupported-media-type");
      expect(await send(id, "seq=0", bytes, "audio/mpeg")).to.equal("415 unsupported-media-type");
      expect(await send(id, "seq=0", webmHeader, "audio/webm;codecs=opus")).to.equal("202");
      expect(await send(id, "seq=1", bytes)).to.equal("409 format-conflict");
    });

    it("is refused when it is recognisably not audio of its media type", async () => {
      const id = await start();
      expect(await send(id, "seq=0", bytes, "audio/webm")).to.equal("422 not-audio");
      expect(await send(id, "seq=0", bytes, "audio/ogg")).to.equal("422 not-audio");
      expect(await send(id, "seq=0", Buffer.from('{"json": 12}'))).to.equal("422 not-audio");
      expect(await send(id, "seq=0", bytes), "nothing was stored").to.equal("202");
    });

    it("waits while the audio store fails", async () => {
      const id = await start();
      const folder = join(servers.running.audioFolder, id);
      await writeFile(folder, "a file where the recording's folder should be");
      const away = await post(`${base}/${id}/chunks?seq=0`, { "content-type": pcm }, bytes);
      expect(away.headers.get("retry-after")).to.equal("1");
      expect(await outcome(away)).to.equal("503 unavailable");
      await rm(folder);
      expect(await send(id, "seq=0&finish=true", bytes)).to.equal("202");
    });

    it("waits while PostgreSQL is away, as every request does that needs it", async () => {
      const id = await start();
      const paths = [
        base,
        `${base}/${id}/chunks?seq=0`,
        `${base}/${id}/heartbeat`,
        `${base}/${id}/transcription`,
      ];
      {
        await using _cut = await servers.cut("postgres", service);
        await using _alone = await servers.cut("redis-1", service); // else heartbeats do not need PostgreSQL
        for (const path of paths) {
          const away = await post(path, { "content-type": pcm }, bytes);
          expect(away.headers.get("retry-after"), path).to.equal("1");
          expect(await outcome(away), path).to.equal("503 unavailable");
        }
      }
    });
  });
});
