import { expect } from "chai";
import { ulid } from "ulid";
import { until } from "../../harness/util/until.ts";
import { messageHeaders } from "../contract/messages.ts";
import { silent, useServers } from "../testing/servers.integration.test.ts";
import { insertChunk } from "./chunks.ts";
import { Database, DatabaseUnavailable, type Queryable } from "./database.ts";
import { holdLease, releaseLease } from "./leases.ts";
import { migrate } from "./migrations.ts";
import { addToOutbox, Outbox, type OutboxMessage } from "./outbox.ts";
import { type Transcription, Transcriptions } from "./transcriptions.ts";

describe("storage in PostgreSQL", () => {
  const servers = useServers();
  const transcriptions = new Transcriptions("stt-1");
  let database: Database;

  before(async () => {
    database = new Database(await servers.newDatabase(), 10, silent);
    await migrate(database);
  });
  after(() => database[Symbol.asyncDispose]());

  const newRecording = () => database.transaction((tx) => transcriptions.create(tx, ulid(), "alice"));

  async function recordingIn(status: "ENCODING" | "PROCESSING"): Promise<Transcription> {
    const path = status === "ENCODING" ? ([status] as const) : (["ENCODING", "ENCODED", status] as const);
    let row = await newRecording();
    for (const to of path) row = present(await transcriptions.transition(database, row, to));
    return row;
  }

  it("is migrated once by four instances that start at once", async () => {
    const url = await servers.newDatabase();
    await using stack = new AsyncDisposableStack();
    const instances = Array.from({ length: 4 }, () => stack.use(new Database(url, 2, silent)));
    await Promise.all(instances.map(migrate));
    await Promise.all(instances.map(migrate)); // and again, as after a restart
    const versions = await instances[0]?.query("select version from schema_migrations");
    expect(versions?.rows).to.deep.equal([{ version: 1 }]);
    const created = await instances[3]?.transaction((tx) => transcriptions.create(tx, ulid(), "alice"));
    expect(created?.status).to.equal("RECORDING");
  });

  describe("a change of the status", () => {
    it("takes effect for one of two who try at once", async () => {
      const basis = await newRecording();
      const change = () =>
        database.transaction(async (tx) => {
          const row = await transcriptions.transition(tx, basis, "ENCODING");
          if (row) await addToOutbox(tx, [message({ key: basis.id })]);
          return row;
        });
      const results = await Promise.all([change(), change()]);
      expect(results.filter((row) => row !== null)).to.have.length(1);
      expect(await transcriptions.find(database, basis.id)).to.include({ status: "ENCODING", version: 2 });
      const outbox = await database.query("select 1 from outbox where key = $1", [basis.id]);
      expect(outbox.rowCount).to.equal(1);
      const history = await database.query<{ version: number }>(
        "select version from transitions where recording_id = $1 order by version",
        [basis.id],
      );
      expect(history.rows.map(({ version }) => version)).to.deep.equal([1, 2]);
    });

    it("is refused to a holder of the fencing token who was overtaken", async () => {
      const { id } = await recordingIn("PROCESSING");
      const stale = present(await transcriptions.mintFence(database, id, "processing"));
      const current = present(await transcriptions.mintFence(database, id, "processing"));
      expect(BigInt(current.fence) > BigInt(stale.fence)).to.equal(true);

      expect(await transcriptions.recordAttempt(database, stale, { sttRid: "stale" })).to.equal(null);
      expect(await transcriptions.transition(database, stale, "SUMMARIZING", { text: "stale" })).to.equal(
        null,
      );
      expect(await transcriptions.find(database, id)).to.deep.equal(current);

      const attempted = present(await transcriptions.recordAttempt(database, current, { sttRid: "rid" }));
      expect(attempted).to.include({ attempt: 1, sttRid: "rid" });
      const done = await transcriptions.transition(database, attempted, "SUMMARIZING", { text: "words" });
      expect(done).to.include({ status: "SUMMARIZING", text: "words", attempt: 0 });
    });

    it("counts an attempt once, whoever repeats it", async () => {
      const { id } = await recordingIn("PROCESSING");
      const held = present(await transcriptions.mintFence(database, id, "processing"));
      const results = await Promise.all([
        transcriptions.recordAttempt(database, held, {}),
        transcriptions.recordAttempt(database, held, {}),
      ]);
      expect(results.filter((row) => row !== null)).to.have.length(1);
      expect(await transcriptions.find(database, id)).to.include({ attempt: 1 });
    });

    it("mints no fencing token for a stage that is not due", async () => {
      const { id } = await recordingIn("ENCODING");
      expect(await transcriptions.mintFence(database, id, "processing")).to.equal(null);
    });
  });

  it("gives silent recordings to one of two instances that look at once", async () => {
    const owner = ulid();
    await database.transaction((tx) => transcriptions.create(tx, ulid(), owner));
    const bothHaveLooked = Promise.withResolvers<void>();
    let looked = 0;
    const look = () =>
      database.transaction(async (tx) => {
        const rows = await transcriptions.lockSilent(tx, 0, 1_000);
        if (++looked === 2) bothHaveLooked.resolve();
        await bothHaveLooked.promise; // the other looks while we hold our locks
        return rows.filter((row) => row.owner === owner).length;
      });
    expect((await Promise.all([look(), look()])).toSorted()).to.deep.equal([0, 1]);
  });

  describe("the outbox", () => {
    it("has a message, and tells of it, exactly when its transaction commits", async () => {
      const outbox = new Outbox(database);
      const key = ulid();
      const keys = async () => (await outbox.unsent([], 1_000)).map((row) => row.key);
      const listener = await database.dedicatedClient();
      try {
        let told = 0;
        listener.on("notification", () => told++);
        await listener.query("listen stt_outbox");

        const failing = database.transaction(async (tx) => {
          await addToOutbox(tx, [message({ key })]);
          throw new Error("changed my mind");
        });
        expect(await rejectionOf(failing)).to.include({ message: "changed my mind" });
        expect(await keys()).not.to.include(key);

        await database.transaction(async (tx) => {
          await addToOutbox(tx, [message({ key })]);
          expect(await keys()).not.to.include(key);
          expect(told).to.equal(0);
        });
        expect(await keys()).to.include(key);
        await until(() => told > 0, "PostgreSQL has told of the row").atMost("2s");
        // The one of the transaction that failed would have come before.
        expect(told).to.equal(1);
      } finally {
        await listener.end();
      }
    });

    it("gives what is unsent in order, lane by lane, until it is marked", async () => {
      const outbox = new Outbox(database);
      const topic = ulid();
      const values = async (exceptLanes: readonly string[] = []) =>
        (await outbox.unsent(exceptLanes, 1_000))
          .filter((row) => row.topic === topic)
          .map((row) => row.value);
      const messages = [0, 1, 0, 1, 0].map((lane, n) => message({ topic, lane, value: String(n) }));
      const before = await outbox.backlog();
      const begun = Date.now();
      await database.transaction((tx) => addToOutbox(tx, messages));
      expect(await values()).to.deep.equal(["0", "1", "2", "3", "4"]);
      expect(await values([`${topic}/0`])).to.deep.equal(["1", "3"]);
      expect((await outbox.backlog()).count).to.equal(before.count + 5);

      const rows = (await outbox.unsent([], 1_000)).filter((row) => row.topic === topic);
      const { [messageHeaders.createdAt]: createdAt, ...given } = rows[0]?.headers ?? {};
      expect(given).to.deep.equal({ attempt: "0" });
      expect(Number(createdAt)).to.be.within(begun, Date.now());
      await outbox.markSent(rows.filter((row) => row.lane === 0).map((row) => row.id));
      expect(await values()).to.deep.equal(["1", "3"]);
      expect((await outbox.backlog()).count).to.equal(before.count + 2);
    });
  });

  describe("a lease", () => {
    it("has one holder of ten who ask at once", async () => {
      const name = ulid();
      const asks = Array.from({ length: 10 }, (_, n) => holdLease(database, name, `holder-${n}`, 60_000));
      expect((await Promise.all(asks)).filter(Boolean)).to.have.length(1);
    });

    it("is kept by renewing, and given up by its holder only", async () => {
      const name = ulid();
      const ask = (holder: string) => holdLease(database, name, holder, 60_000);
      expect(await ask("a")).to.equal(true);
      expect(await ask("a")).to.equal(true);
      await releaseLease(database, name, "b");
      expect(await ask("b")).to.equal(false);
      await releaseLease(database, name, "a");
      expect(await ask("b")).to.equal(true);
    });

    it("goes to another when it has expired, and the old holder has lost it", async () => {
      const name = ulid();
      expect(await holdLease(database, name, "dead", 300)).to.equal(true);
      expect(await holdLease(database, name, "next", 60_000)).to.equal(false);
      await until(() => holdLease(database, name, "next", 60_000), "the lease has expired").atMost("2s");
      expect(await holdLease(database, name, "dead", 300)).to.equal(false);
    });
  });

  describe("a chunk", () => {
    const chunk = (sha256: string) => ({ seq: 0, bytes: 2, sha256 });

    it("is stored once, however often it comes; other bytes under its number are told apart", async () => {
      const { id } = await newRecording();
      expect(await insertChunk(database, id, chunk("aa"))).to.equal("stored");
      expect(await insertChunk(database, id, chunk("aa"))).to.equal("same");
      expect(await insertChunk(database, id, chunk("bb"))).to.equal("different");
      const rows = await database.query("select sha256 from chunks where recording_id = $1", [id]);
      expect(rows.rows).to.deep.equal([{ sha256: "aa" }]);
    });

    it("of two with different bytes at once, one wins", async () => {
      const { id } = await newRecording();
      const add = (sha256: string) => database.transaction((tx) => insertChunk(tx, id, chunk(sha256)));
      const results = await Promise.all([add("aa"), add("bb")]);
      expect(results.toSorted()).to.deep.equal(["different", "stored"]);
    });
  });

  describe("when PostgreSQL", () => {
    it("refuses connections, calls say that it is unavailable; later they work again", async () => {
      await using own = new Database(servers.databaseUrl, 2, silent);
      await own.query("select 1");
      {
        await using _cut = await servers.cut("postgres");
        expect(await rejectionOf(own.query("select 1"))).to.be.instanceOf(DatabaseUnavailable);
        const transaction = own.transaction((tx) => tx.query("select 1"));
        expect(await rejectionOf(transaction)).to.be.instanceOf(DatabaseUnavailable);
      }
      await until(() => own.query("select 1"), "PostgreSQL answers again").atMost("5s");
    });

    it("cuts a transaction off, nothing of it is left", async () => {
      const id = ulid();
      const cutOff = database.transaction(async (tx) => {
        await transcriptions.create(tx, id, "alice");
        await using _cut = await servers.cut("postgres");
        await tx.query("select 1");
      });
      expect(await rejectionOf(cutOff)).to.be.instanceOf(DatabaseUnavailable);
      const found = await until(
        async () => ({ row: await transcriptions.find(database, id) }),
        "PostgreSQL answers again",
      ).atMost("5s");
      expect(found.row).to.equal(null);
    });

    it("does not hear a rollback, the caller's own error is told, and the connection is not used again", async () => {
      await using own = new Database(servers.databaseUrl, 1, silent);
      const pidOf = async (on: Queryable) =>
        (await on.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]?.pid;
      let pid: number | undefined;
      const failing = own.transaction(async (tx) => {
        pid = await pidOf(tx);
        await database.query("select pg_terminate_backend($1)", [pid]);
        throw new Error("changed my mind");
      });
      expect(await rejectionOf(failing)).to.include({ message: "changed my mind" });
      expect(await pidOf(own))
        .to.be.a("number")
        .and.not.equal(pid);
    });
  });
});

function message(parts: Partial<OutboxMessage>): OutboxMessage {
  return { topic: "some-topic", key: "key", lane: 0, value: "{}", headers: { attempt: "0" }, ...parts };
}

function present<T>(value: T | null): T {
  if (value === null) throw new Error("refused, where it should have been done");
  return value;
}

function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error("it did not reject"),
    (reason: unknown) => reason,
  );
}
