import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { ClientRequest, IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ulid } from "ulid";
import { WebSocket } from "ws";
import { until } from "../../harness/util/until.ts";
import { problem } from "../contract/api.ts";
import { statuses } from "../contract/status.ts";
import { newChunk, tokenFor } from "../testing/factory.ts";
import { LiveInstance } from "../testing/live-instance.ts";
import { service, useServers } from "../testing/servers.integration.test.ts";
import { StompUser } from "../testing/stomp-user.ts";
import { FrameReader, writeFrame } from "./frames.ts";

describe("the live interface", () => {
  const servers = useServers();
  let audioDir: string;
  let databaseUrl: string;
  let one: LiveInstance;
  let other: LiveInstance;
  let token: string;

  const start = (live = {}) =>
    LiveInstance.start({ databaseUrl, redisUrl: servers.redisUrl, audioDir, live });
  const connect = (instance: LiveInstance, options: { token?: string; heartBeatMs?: number } = {}) =>
    StompUser.connect({ baseUrls: [instance.baseUrl], token, ...options });

  before(async () => {
    audioDir = await mkdtemp(join(tmpdir(), "live-"));
    databaseUrl = await servers.newDatabase();
    token = await LiveInstance.tokenFor("alice");
    one = await start();
    other = await start();
  });
  after(async () => {
    await one?.[Symbol.asyncDispose]();
    await other?.[Symbol.asyncDispose]();
    await rm(audioDir, { recursive: true, force: true });
  });

  /** A connection on which a test says what it wants, byte for byte. */
  async function raw(instance: LiveInstance, protocols = ["v12.stomp"]) {
    const socket = new WebSocket(`${instance.baseUrl.replace(/^http/, "ws")}/ws`, protocols);
    const reader = new FrameReader(1_000_000);
    const frames: { command: string; headers: ReadonlyMap<string, string>; body: string }[] = [];
    let beats = 0;
    socket.on("message", (data) => {
      if (String(data) === "\n") beats++;
      for (const { body, ...frame } of reader.read(data as Buffer)) {
        frames.push({ ...frame, body: Buffer.from(body).toString() });
      }
    });
    const closed = once(socket, "close").then(([code, reason]) => ({ code, reason: String(reason) }));
    await once(socket, "open");
    return {
      socket,
      frames,
      closed,
      beats: () => beats,
      connect: (headers: Record<string, string> = {}) =>
        socket.send(writeFrame("CONNECT", { "accept-version": "1.2", passcode: token, ...headers })),
      [Symbol.dispose]: () => socket.terminate(),
    };
  }

  /** The answer to a request for a WebSocket that is refused. */
  async function refusedUpgrade(instance: LiveInstance, path: string, protocols: string[]) {
    const socket = new WebSocket(`${instance.baseUrl.replace(/^http/, "ws")}${path}`, protocols);
    socket.on("error", () => {}); // it never was a WebSocket
    const [request, response] = await once(socket, "unexpected-response");
    (request as ClientRequest).destroy();
    return response as IncomingMessage;
  }

  describe("a user", () => {
    it("records, finishes and converts without HTTP, and is told every step", async () => {
      await using alice = await connect(one);
      const id = await alice.start();
      using watch = alice.watch(id);
      expect(await watch.first()).to.deep.equal({ id, status: "RECORDING", version: 1 });
      expect((await alice.heartbeat(id)).status).to.equal(204);
      expect(await alice.send(id, 0, newChunk())).to.deep.equal({
        status: 202,
        json: { id, seq: 0, status: "RECORDING" },
      });
      expect((await alice.send(id, 1, newChunk(), true)).json).to.deep.equal({
        id,
        seq: 1,
        status: "ENCODING",
      });
      await one.advance(id, "ENCODED");
      await watch.reaches("ENCODED");
      expect((await alice.convert(id)).json).to.deep.equal({ id, status: "PROCESSING" });
      await one.advance(id, "SUMMARIZING", { text: "well", progress: 100 });
      await one.advance(id, "COMPLETED", { summary: "well" });
      await watch.reaches("COMPLETED");
      expect(watch.seen.map(({ status, version }) => [status, version])).to.deep.equal([
        ["RECORDING", 1],
        ["ENCODING", 2],
        ["ENCODED", 3],
        ["PROCESSING", 4],
        ["SUMMARIZING", 5],
        ["COMPLETED", 6],
      ]);
    });

    it("may send all chunks without waiting for receipts: they are taken in their order", async () => {
      await using alice = await connect(one);
      const id = await alice.start();
      const answers = await Promise.all(
        [0, 1, 2, 3, 4].map((seq) => alice.send(id, seq, newChunk(), seq === 4)),
      );
      expect(answers.map(({ status }) => status)).to.deep.equal([202, 202, 202, 202, 202]);
      expect((await alice.status(id)).status).to.equal("ENCODING");
    });

    it("gets a receipt for a chunk when it is stored, and for each one", async () => {
      await using alice = await connect(one);
      const id = await alice.start();
      const chunk = newChunk();
      await alice.send(id, 0, chunk);
      expect((await alice.send(id, 0, chunk)).status).to.equal(202);
      const again = await alice.send(id, 0, newChunk());
      expect(problem.parse(again.json)).to.include({ status: 409, type: "/problems/chunk-conflict" });
    });

    it("is refused as over HTTP, on its queue of errors, and stays connected", async () => {
      await using alice = await connect(one);
      const id = await alice.start();
      const answers = [
        await alice.send(id, 0, Buffer.alloc(3)),
        await alice.send(id, 0, Buffer.alloc(0)),
        await alice.send(id, 0, newChunk(), false, "text/plain"),
        await alice.send(id, -1, newChunk()),
        await alice.send(ulid(), 0, newChunk()),
        await alice.send(id, 2, newChunk(), true),
        await alice.convert(id),
        await alice.request("/app/stt/nothing", 202),
      ];
      expect(answers.map(({ json }) => problem.parse(json).type)).to.deep.equal([
        "/problems/odd-bytes",
        "/problems/empty-chunk",
        "/problems/unsupported-media-type",
        "/problems/invalid-request",
        "/problems/recording-not-found",
        "/problems/chunks-missing",
        "/problems/not-encoded",
        "/problems/not-found",
      ]);
      expect(alice.errors).to.deep.equal([]);
    });

    it("starts one recording for one idempotency key", async () => {
      await using alice = await connect(one);
      const id = await alice.start("a-key");
      expect(await alice.start("a-key")).to.equal(id);
    });

    it("cannot do what its token does not allow", async () => {
      const reader = await LiveInstance.tokenFor("alice", "stt:read");
      await using alice = await connect(one, { token: reader });
      const answer = await alice.request("/app/stt/start", 201);
      expect(problem.parse(answer.json)).to.include({
        type: "/problems/insufficient-scope",
        scope: "stt:write",
      });
    });

    it("sees nothing of others' recordings, nor whether there are any", async () => {
      const { id } = await one.recordings.create("bob");
      const told: string[] = [];
      for (const wanted of [id, ulid(), "nonsense"]) {
        using client = await raw(one);
        client.connect();
        client.socket.send(
          writeFrame("SUBSCRIBE", { id: "1", destination: `/topic/stt/${wanted}`, receipt: "r" }),
        );
        expect(await client.closed).to.include({ code: 1008 });
        const [connected, error, ...rest] = client.frames;
        expect([connected?.command, error?.command, rest.length]).to.deep.equal(["CONNECTED", "ERROR", 0]);
        expect(error?.headers.get("receipt-id")).to.equal("r");
        told.push(error?.body ?? "");
      }
      expect(new Set(told)).to.have.length(1);
      await using alice = await connect(one);
      expect((await alice.send(id, 0, newChunk())).status).to.equal(404);
    });
  });

  describe("across instances", () => {
    it("tells of what the other one does", async () => {
      await using alice = await connect(one);
      const id = await alice.start();
      using watch = alice.watch(id);
      await watch.first();
      await other.recordings.addChunk("alice", id, {
        seq: 0,
        bytes: newChunk(),
        finish: true,
        format: "pcm",
      });
      await watch.reaches("ENCODING");
      for (const status of ["ENCODED", "PROCESSING", "SUMMARIZING", "COMPLETED"] as const) {
        await other.advance(id, status);
        await watch.reaches(status);
      }
      expect(await one.metric("stt_live_fan_out_seconds", {})).to.be.greaterThan(0);
    });

    it("does so without Redis", async () => {
      await using alice = await connect(one);
      const id = await alice.start();
      using watch = alice.watch(id);
      await using _noRedis = await servers.cut("redis-1");
      await alice.send(id, 0, newChunk(), true);
      await other.advance(id, "ENCODED");
      await watch.reaches("ENCODED");
    });

    it("misses no last status while PostgreSQL was away", async () => {
      await using alice = await connect(one);
      const id = await alice.start();
      using watch = alice.watch(id);
      await watch.first();
      // The other instance is on another way to PostgreSQL, the service's own.
      await using elsewhere = await LiveInstance.start({
        databaseUrl: databaseUrlFor("stt-1"),
        redisUrl: servers.redisUrl,
        audioDir,
      });
      {
        await using _cut = await servers.cut("postgres");
        const refused = await alice.send(id, 0, newChunk());
        expect(refused.status).to.equal(503);
        await elsewhere.recordings.addChunk("alice", id, {
          seq: 0,
          bytes: newChunk(),
          finish: true,
          format: "pcm",
        });
        await elsewhere.advance(id, "ENCODED");
        expect(watch.seen.at(-1)?.status).to.equal("RECORDING");
      }
      await watch.reaches("ENCODED");
    });

    it("a client whose instance goes away connects to the other and gets the final state", async () => {
      const short = await start();
      await using alice = await StompUser.connect({
        baseUrls: [short.baseUrl, other.baseUrl],
        token,
        reconnectMs: 10,
      });
      const id = await alice.start();
      using watch = alice.watch(id);
      await watch.first();
      await short[Symbol.asyncDispose]();
      expect(alice.closes[0]).to.include({ code: 1001 });
      await one.recordings.addChunk("alice", id, { seq: 0, bytes: newChunk(), finish: true, format: "pcm" });
      await one.advance(id, "FAILED", { error: "no" });
      await watch.reaches("FAILED");
      expect(alice.connections).to.equal(2);
    });
  });

  describe("of a whole service", () => {
    it("follows a recording through the pipeline, its progress upstream included", async () => {
      const { services, jwtSecret } = servers.running;
      await using alice = await StompUser.connect({
        baseUrls: [services[0]?.baseUrl ?? ""],
        token: await tokenFor("alice", jwtSecret),
      });
      const id = await alice.start();
      using watch = alice.watch(id);
      await alice.send(id, 0, newChunk());
      await alice.send(id, 1, newChunk(), true);
      await watch.reaches("ENCODED");
      expect((await alice.convert(id)).status).to.equal(202);
      await watch.reaches("COMPLETED");
      expect(watch.seen.filter(({ progress }) => progress === 50).map(({ status }) => status)).to.include(
        "PROCESSING",
      );
      expect([...new Set(watch.seen.map(({ status }) => status))]).to.deep.equal(
        statuses.filter((status) => status !== "FAILED"),
      );
    });

    it("follows a recording through the pipeline, and over the death of its instance", async () => {
      const { services, jwtSecret } = servers.running;
      const node = servers.running.node(service);
      const databaseUrl = servers.databaseUrl;
      const audioDir = servers.running.audioFolder;
      await using survivor = await LiveInstance.start({
        databaseUrl,
        redisUrl: servers.redisUrl,
        audioDir,
        jwtSecret,
      });
      await using alice = await StompUser.connect({
        baseUrls: [services[0]?.baseUrl ?? "", survivor.baseUrl],
        token: await tokenFor("alice", jwtSecret),
        reconnectMs: 50,
      });
      const id = await alice.start();
      using watch = alice.watch(id);
      expect((await alice.send(id, 0, newChunk(), true)).status).to.equal(202);
      await watch.reaches("ENCODED");
      expect((await alice.convert(id)).status).to.equal(202);
      try {
        await node.kill();
        await until(() => alice.connections === 2, "the client is connected to the other instance").atMost(
          "10s",
        );
        expect((await alice.status(id)).version).to.be.at.least(4);
      } finally {
        await node.start();
      }
      await watch.reaches("COMPLETED");
      const versions = watch.seen.map(({ version }) => version);
      expect(versions).to.deep.equal([...versions].sort((a, b) => a - b));
    });
  });

  /** The tests' own URL of the database, but as another node reaches it. */
  function databaseUrlFor(node: string): string {
    const [proxy] = servers.running.network.link(node, "postgres").proxies;
    const url = new URL(databaseUrl);
    const [host = "", port = ""] = (proxy?.listen ?? "").split(":");
    url.hostname = host;
    url.port = port;
    return url.href;
  }

  describe("a connection", () => {
    it("is answered by ERROR and closed when it does not keep to STOMP 1.2", async () => {
      const cases: [string, string, number][] = [
        ["SEND\ndestination:/app/stt/start\n\n\0", "CONNECT", 1002],
        [writeFrame("CONNECT", { "accept-version": "1.1", passcode: token }), "1.2", 1002],
        [writeFrame("CONNECT", { "accept-version": "1.2" }), "token", 1008],
        [writeFrame("CONNECT", { "accept-version": "1.2", passcode: "no" }), "token", 1008],
        [
          writeFrame("CONNECT", { "accept-version": "1.2", passcode: token, "heart-beat": "x" }),
          "heart-beat",
          1002,
        ],
        [`CONNECT\nx:${"y".repeat(20_000)}\n\n\0`, "16384 bytes", 1002],
        [`CONNECT\n\n${"y".repeat(40_000)}\0`, "32768 bytes", 1009],
      ];
      for (const [bytes, says, code] of cases) {
        using client = await raw(one);
        client.socket.send(bytes);
        expect((await client.closed).code, says).to.equal(code);
        expect(client.frames.map(({ command }) => command)).to.deep.equal(["ERROR"]);
        expect(client.frames[0]?.headers.get("message")).to.contain(says);
      }
    });

    it("is closed likewise for what is not supported once it is connected", async () => {
      const cases: [string, string][] = [
        [writeFrame("BEGIN", { transaction: "1" }), "not supported"],
        [writeFrame("ACK", { id: "1" }), "not supported"],
        [writeFrame("CONNECT", { "accept-version": "1.2", passcode: token }), "already"],
        ["NONSENSE\n\n\0", "no such command"],
        [writeFrame("SUBSCRIBE", { id: "1" }), "destination"],
        [writeFrame("SUBSCRIBE", { id: "1", destination: "/user/queue/errors", ack: "client" }), "auto"],
        [writeFrame("SUBSCRIBE", { id: "1", destination: "/elsewhere" }), "nothing to subscribe"],
        [writeFrame("SEND", {}), "destination"],
        // A refusal nobody listens for.
        [writeFrame("SEND", { destination: "/app/stt/start" }), "/user/queue/replies"],
      ];
      for (const [frame, says] of cases) {
        using client = await raw(one);
        client.connect();
        client.socket.send(frame);
        await client.closed;
        expect(client.frames.map(({ command }) => command)).to.deep.equal(["CONNECTED", "ERROR"]);
        expect(client.frames[1]?.headers.get("message")).to.contain(says);
      }
    });

    it("takes frames in any packing: several in one message, one in several", async () => {
      using client = await raw(one);
      const bytes = Buffer.from(
        [
          writeFrame("CONNECT", { "accept-version": "1.2", passcode: token }),
          "\n\n",
          writeFrame("SUBSCRIBE", { id: "1", destination: "/user/queue/replies" }),
          writeFrame("SEND", { destination: "/app/stt/start", receipt: "started", "correlation-id": "c:1" }),
        ].join(""),
      );
      for (let start = 0; start < bytes.length; start += 50)
        client.socket.send(bytes.subarray(start, start + 50));
      await until(() => client.frames.length === 3, "all is answered").atMost("10s");
      const [connected, message, receipt] = client.frames;
      expect(connected?.headers.get("version")).to.equal("1.2");
      expect(message?.headers.get("correlation-id")).to.equal("c:1");
      expect(JSON.parse(message?.body ?? "")).to.include({ status: "RECORDING" });
      expect(receipt?.headers.get("receipt-id")).to.equal("started");
    });

    it("is ended politely by DISCONNECT, after its receipt", async () => {
      using client = await raw(one);
      client.connect();
      client.socket.send(writeFrame("DISCONNECT", { receipt: "bye" }));
      expect(await client.closed).to.include({ code: 1000 });
      expect(client.frames.at(-1)?.headers.get("receipt-id")).to.equal("bye");
    });

    it("takes a chunk of 4 MiB, and no larger frame", async () => {
      await using alice = await connect(one);
      const id = await alice.start();
      expect((await alice.send(id, 0, Buffer.alloc(4 * 1024 * 1024, 1))).status).to.equal(202);
      const tooLarge = await alice.send(id, 1, Buffer.alloc(4 * 1024 * 1024 + 2, 1));
      expect(tooLarge.status).to.equal(413);
      using client = await raw(one);
      client.connect();
      await until(() => client.frames.length === 1, "it is connected").atMost("10s");
      client.socket.send(Buffer.alloc(5 * 1024 * 1024));
      expect((await client.closed).code).to.equal(1009);
    });

    it("is dropped with a reason when it is too much, too slow, too late or too old", async () => {
      await using strict = await start({
        maxConnections: 2,
        maxConnectionsPerSubject: 1,
        maxSubscriptions: 1,
        connectTimeoutMs: 200,
        heartBeatMs: 100,
      });
      const dropped = (reason: string) => strict.metric("stt_live_drops_total", { reason });

      using late = await raw(strict);
      expect(await late.closed).to.include({ code: 1008 });
      expect(await dropped("connect-timeout")).to.equal(1);

      using silent = await raw(strict);
      silent.connect({ "heart-beat": "100,100" });
      expect(await silent.closed).to.include({ code: 1008 });
      expect(await dropped("silent")).to.equal(1);
      expect(silent.beats()).to.be.greaterThan(0);

      using first = await raw(strict);
      first.connect();
      await until(() => first.frames.length === 1, "the first is connected").atMost("5s");
      using second = await raw(strict);
      const refusal = await refusedUpgrade(strict, "/ws", []);
      expect(refusal.statusCode).to.equal(503);
      expect(refusal.headers["retry-after"]).to.equal("1");
      expect(await dropped("instance-connections")).to.equal(1);
      second.connect();
      expect(await second.closed).to.include({ code: 1013 });
      expect(await dropped("subject-connections")).to.equal(1);

      for (const id of ["1", "2"]) {
        first.socket.send(writeFrame("SUBSCRIBE", { id, destination: "/user/queue/errors" }));
      }
      expect((await first.closed).reason).to.contain("1 subscriptions");
      await until(async () => (await strict.metric("stt_live_connections")) === 0, "all are gone").atMost(
        "5s",
      );
    });

    it("is dropped when it reads nothing, however much it is owed, and costs no memory meanwhile", async () => {
      await using strict = await start({ bufferBytes: 10_000, stallMs: 300 });
      using client = await raw(strict);
      client.connect();
      await until(() => client.frames.length === 1, "it is connected").atMost("5s");
      client.socket.pause();
      // Receipts as long as requests: what is asked for fills the buffers on the way, then the service's own.
      const receipt = "r".repeat(15_000);
      let sent = 0;
      const send = () => {
        sent++;
        client.socket.send(writeFrame("UNSUBSCRIBE", { id: "1", receipt }), (error) => {
          if (
            !error &&
            client.socket.readyState === WebSocket.OPEN &&
            client.socket.bufferedAmount < 1_000_000
          )
            send();
        });
      };
      send();
      const drops = () => strict.metric("stt_live_drops_total", { reason: "slow-consumer" });
      await until(async () => (await drops()) === 1, "it is dropped").atMost("30s");
      await until(async () => (await strict.metric("stt_live_connections")) === 0, "it is gone").atMost(
        "10s",
      );
      expect(sent).to.be.greaterThan(10);
    });

    it("is refused at the door unless it is a WebSocket for STOMP 1.2", async () => {
      expect((await refusedUpgrade(one, "/elsewhere", ["v12.stomp"])).statusCode).to.equal(404);
      expect((await refusedUpgrade(one, "/ws", ["v10.stomp", "v11.stomp"])).statusCode).to.equal(400);
      using plain = await raw(one, []);
      plain.connect();
      await until(() => plain.frames[0]?.command === "CONNECTED", "it is connected").atMost("5s");
    });

    it("is ended by the service going away, after what was sent is answered", async () => {
      const short = await start();
      const alice = await connect(short);
      const id = await alice.start();
      const answers = [0, 1, 2].map((seq) => alice.send(id, seq, newChunk()));
      await answers[0]; // the others have come by then, or never will
      await short[Symbol.asyncDispose]();
      const outcomes = await Promise.allSettled(answers);
      await until(() => alice.closes.length === 1, "it is closed").atMost("5s");
      expect(alice.closes[0]).to.include({ code: 1001 });
      expect(outcomes[0]?.status).to.equal("fulfilled");
      // What was acknowledged is there.
      const acknowledged = outcomes.flatMap(({ status }, seq) => (status === "fulfilled" ? [seq] : []));
      const last = acknowledged.length;
      const finish = { seq: last, bytes: Buffer.alloc(0), finish: true, format: "pcm" } as const;
      const repeated = await one.recordings.addChunk("alice", id, finish).catch((error: unknown) => error);
      expect(repeated).to.equal("ENCODING");
      await alice[Symbol.asyncDispose]();
    });
  });
});
