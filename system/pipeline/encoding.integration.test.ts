import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ulid } from "ulid";
import { provision } from "../../harness/provision/provision.ts";
import { ProcessRuntime } from "../../harness/runtime/runtime.ts";
import { stt } from "../../harness/topology/stt.ts";
import type { RunningTopology } from "../../harness/topology/topology.ts";
import { until } from "../../harness/util/until.ts";
import { bestMatch, speech, speechOgg, speechWebm } from "../audio/testing.test.ts";
import type { Status } from "../domain/status.ts";
import { tokenFor } from "../testing/factory.ts";
import { useServers } from "../testing/servers.integration.test.ts";
import { SttUser } from "../testing/stt-user.ts";

const opus = [
  { type: "audio/webm; codecs=opus", bytes: speechWebm },
  { type: "audio/ogg", bytes: speechOgg },
];

async function userOf({ services, jwtSecret }: RunningTopology): Promise<SttUser> {
  return new SttUser(services[0]?.baseUrl ?? "", await tokenFor(ulid(), jwtSecret));
}

/** Sends a recording in four chunks, the last ones first. */
async function record(user: SttUser, type: string, bytes: Buffer): Promise<string> {
  const id = await user.start();
  const quarter = 2 * Math.ceil(bytes.length / 8);
  const chunk = (seq: number) => bytes.subarray(seq * quarter, (seq + 1) * quarter);
  for (const seq of [2, 1, 0])
    expect((await user.send(id, seq, chunk(seq), false, type)).status).to.equal(202);
  expect((await user.send(id, 3, chunk(3), true, type)).status).to.equal(202);
  return id;
}

const reaches = (user: SttUser, id: string, status: Status) =>
  until(async () => (await user.status(id)).status === status, `the recording is ${status}`).atMost("20s");

describe("encoding", () => {
  const servers = useServers();
  let user: SttUser;
  before(async () => {
    user = await userOf(servers.running);
  });

  for (const { type, bytes } of opus) {
    it(`makes a WAV of ${type}`, async () => {
      const id = await record(user, type, bytes);
      await reaches(user, id, "ENCODED");
      const wav = readFileSync(join(servers.running.audioFolder, id, "recording.wav"));
      expect(bestMatch(speech, wav.subarray(44)).correlation).to.be.greaterThan(0.97);
    });
  }

  it("fails for good when the sound cannot be decoded, and says why", async () => {
    const id = await user.start();
    const start = speechWebm.subarray(0, 100);
    expect((await user.send(id, 0, start, false, "audio/webm")).status).to.equal(202);
    expect((await user.send(id, 1, Buffer.alloc(5_000, 1), true, "audio/webm")).status).to.equal(202);
    await reaches(user, id, "FAILED");
    expect((await user.view(id)).error).to.match(/^at byte \d+ .*WebM element/);
  });

  it("ends an empty recording of any format with an empty WAV", async () => {
    const id = await user.start();
    expect((await user.send(id, 0, Buffer.alloc(0), true, "audio/webm")).status).to.equal(202);
    await reaches(user, id, "ENCODED");
  });
});

describe("a recording's format", () => {
  const servers = useServers();

  it("is that of its first chunk; an empty last one has none", async () => {
    const user = await userOf(servers.running);
    const id = await user.start();
    expect((await user.send(id, 1, speechOgg.subarray(1_000), false, "audio/ogg")).status).to.equal(202);
    const other = await user.send(id, 0, Buffer.alloc(100), false);
    expect(other.status).to.equal(409);
    expect(other.json).to.deep.include({ type: "/problems/format-conflict" });
    expect((await user.send(id, 0, Buffer.from("no Ogg page"), false, "audio/ogg")).status).to.equal(422);
    expect((await user.send(id, 0, speechOgg.subarray(0, 1_000), false, "audio/ogg")).status).to.equal(202);
    expect((await user.send(id, 2, Buffer.alloc(0), true)).status).to.equal(202);
  });
});

describe("the service with its audio in S3", () => {
  it("records, encodes and has a recording transcribed", async () => {
    const topology = stt({ kafka: 1, redis: "single", instances: 1, audio: "s3" });
    const installed = await provision(topology.components);
    const { signal } = new AbortController();
    await using runtime = new ProcessRuntime({ runId: `s3-${process.pid}`, command: "test of S3", signal });
    await using running = await topology.start({ runtime, installed, signal, step: (_, work) => work() });
    const user = await userOf(running);
    for (const { type, bytes } of [...opus, { type: "application/octet-stream", bytes: speech }]) {
      const id = await record(user, type, bytes);
      await reaches(user, id, "ENCODED");
      const wav = readFileSync(join(running.audioFolder, id, "recording.wav"));
      expect(bestMatch(speech, wav.subarray(44)).correlation).to.be.greaterThan(0.97);
      expect((await user.convert(id)).status).to.equal(202);
      await reaches(user, id, "COMPLETED");
    }
  });
});
