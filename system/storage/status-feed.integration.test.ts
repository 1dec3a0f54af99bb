import { expect } from "chai";
import pino from "pino";
import { ulid } from "ulid";
import { until } from "../../harness/util/until.ts";
import { silent, useServers } from "../testing/servers.integration.test.ts";
import { Database } from "./database.ts";
import { migrate } from "./migrations.ts";
import { type StatusChange, StatusFeed } from "./status-feed.ts";
import { Transcriptions } from "./transcriptions.ts";

describe("the feed of status changes", () => {
  const servers = useServers();

  it("passes over a notification that is none, says so, and hears the next one", async () => {
    await using database = new Database(await servers.newDatabase(), 2, silent);
    await migrate(database);
    const logged: string[] = [];
    await using feed = new StatusFeed(database, pino({}, { write: (line) => logged.push(line) }));
    const heard: StatusChange[] = [];
    const listening = Promise.withResolvers<void>();
    feed.follow({ onChange: (change) => heard.push(change), onListening: listening.resolve });
    await listening.promise;

    await database.query("select pg_notify('stt_status', 'not JSON')");
    await database.query(`select pg_notify('stt_status', '{"id":"r1","status":"LOST"}')`);
    const id = ulid();
    const transcriptions = new Transcriptions("stt-1");
    const row = await database.transaction((tx) => transcriptions.create(tx, id, "alice"));
    await transcriptions.transition(database, row, "ENCODING");

    await until(() => heard.some(({ status }) => status === "ENCODING"), "the change is heard").atMost("5s");
    expect(new Set(heard.map((change) => change.id))).to.deep.equal(new Set([id]));
    const complaints = logged.filter((line) => line.includes("a status change was not readable"));
    expect(complaints.map((line) => JSON.parse(line).payload)).to.deep.equal([
      "not JSON",
      '{"id":"r1","status":"LOST"}',
    ]);
  });
});
