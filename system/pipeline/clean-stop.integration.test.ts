import { expect } from "chai";
import { until } from "../../harness/util/until.ts";
import type { Service } from "../service.ts";
import { Database } from "../storage/database.ts";
import { DagloStub } from "../testing/daglo-stub.ts";
import { newChunk } from "../testing/factory.ts";
import { silent, uniqueName, useServers } from "../testing/servers.integration.test.ts";
import type { SttUser } from "../testing/stt-user.ts";
import { IsolatedServices, placeOf } from "./testing/isolated-service.ts";

const recordings = 30;

describe("a clean stop", () => {
  const servers = useServers();
  let world: IsolatedServices;
  let daglo: DagloStub;

  beforeEach(async () => {
    daglo = new DagloStub(servers.running.upstreamUrl);
    world = new IsolatedServices(servers, uniqueName("stop"), await servers.newDatabase());
  });

  async function ready(instance: Service): Promise<SttUser> {
    const user = await world.user(instance);
    const answers = async () => (await user.call("GET", "/health/ready")).status === 200;
    await until(answers, "the instance is ready").atMost("30s");
    return user;
  }

  async function encoded(user: SttUser, count: number): Promise<string[]> {
    const ids = await Promise.all(Array.from({ length: count }, () => user.start()));
    await Promise.all(ids.map((id) => user.send(id, 0, newChunk(), true)));
    await all(user, ids, "ENCODED");
    return ids;
  }

  async function all(user: SttUser, ids: readonly string[], wanted: string): Promise<void> {
    for (const id of ids) {
      await until(async () => (await user.view(id)).status === wanted, `${id} is ${wanted}`).atMost("60s");
    }
  }

  const atWork = (instance: string) => () => world.deliveries.some((one) => one.instance === instance);

  async function expectOneSubmissionEach(ids: readonly string[]): Promise<void> {
    const submissions = await Promise.all(ids.map((id) => daglo.submissionsOf(id)));
    for (const [index, sent] of submissions.entries()) {
      expect(
        sent.map(({ url }) => url),
        ids[index],
      ).to.deep.equal(["/stt/v1/async/transcripts", "/nlp/v1/async/summaries"]);
    }
  }

  it("under load loses nothing, and its peer processes nothing a second time", async () => {
    await using leaving = await world.start("leaving");
    await using staying = await world.start("staying");
    await ready(leaving);
    const user = await ready(staying);
    const bothWork = async () => {
      const warmUp = await encoded(user, 6);
      await Promise.all(warmUp.map((id) => user.convert(id)));
      await all(user, warmUp, "COMPLETED");
      return atWork("leaving")() && atWork("staying")();
    };
    await until(bothWork, "both have partitions").atMost("60s");
    const ids = await encoded(user, recordings);
    world.deliveries.length = 0;

    await Promise.all(ids.map((id) => user.convert(id)));
    await until(atWork("leaving"), "the one to stop is at work").atMost("20s");
    await leaving[Symbol.asyncDispose]();
    const afterwards = world.deliveries.filter(({ instance }) => instance === "leaving").length;
    await all(user, ids, "COMPLETED");

    await expectOneSubmissionEach(ids);
    const ofLeaving = world.deliveries.filter(({ instance }) => instance === "leaving");
    expect(ofLeaving.length, "it takes nothing on after its stop").to.equal(afterwards);
    const acknowledged = world.deliveries.filter(({ outcome }) => outcome === "acknowledged").map(placeOf);
    expect(acknowledged, "no message was handled twice").to.deep.equal([...new Set(acknowledged)]);
    await using database = new Database(world.databaseUrl, 1, silent);
    const backwards = await database.query(
      "select 1 from transitions group by recording_id, to_status having count(*) > 1",
    );
    expect(backwards.rowCount, "no status was entered twice").to.equal(0);
  });

  it("in a rolling deploy submits every recording once", async () => {
    await using old = await world.start("old");
    const oldUser = await ready(old);
    const ids = await encoded(oldUser, recordings);
    await Promise.all(ids.map((id) => oldUser.convert(id)));
    await until(atWork("old"), "the old one is at work").atMost("20s");
    await using next = await world.start("new");
    const user = await ready(next);
    await old[Symbol.asyncDispose]();
    await all(user, ids, "COMPLETED");
    await expectOneSubmissionEach(ids);
  });
});
