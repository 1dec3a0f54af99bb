import { expect } from "chai";
import { FakeLog } from "../testing/fake-log.ts";
import { RemoteMembers } from "./remote-member.ts";
import { serveMembers } from "./serve-members.ts";

const never = new AbortController().signal;

describe("a member of a group in another process", () => {
  let log: FakeLog;
  let server: Awaited<ReturnType<typeof serveMembers>>;
  let members: RemoteMembers;
  beforeEach(async () => {
    log = new FakeLog();
    await log.createTopic("t", 1);
    server = await serveMembers(log, { host: "127.0.0.1", port: 0 });
    members = new RemoteMembers({ name: "consumer-1", baseUrl: server.url });
  });
  afterEach(async () => {
    await members[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const joined = async () => {
    const member = members.member("g", "t");
    await member.join();
    return member;
  };
  const message = (promise: Promise<unknown>): Promise<string> =>
    promise.then(String, (error: Error) => error.message);

  it("polls what the other has, tells of a rebalance before it, and commits there", async () => {
    const member = await joined();
    log.members[0]?.buffer.rebalanced();
    await log.producer().send("t", 0, 7);
    expect(await member.poll(never)).to.deep.equal({
      rebalance: true,
      records: [{ partition: 0, offset: 0, value: 7 }],
    });
    await member.commit();
    expect(log.members[0]?.commits).to.equal(1);
  });

  it("waits for records, and ends without any when told to", async () => {
    const member = await joined();
    const stop = new AbortController();
    const polled = member.poll(stop.signal);
    stop.abort();
    expect(await polled).to.deep.equal({ rebalance: false, records: [] });
  });

  it("breaks off when the other does, and is unknown from then on", async () => {
    const member = await joined();
    log.members[0]?.buffer.fail(new Error("fenced"));
    expect(await message(member.poll(never))).to.match(/^consumer-1 answers 410: .*fenced/);
    expect(await message(member.commit())).to.contain("there is no member 1 here");
  });

  it("breaks off when its process is gone", async () => {
    const member = await joined();
    await server[Symbol.asyncDispose]();
    expect(await message(member.poll(never))).to.contain("ECONNREFUSED");
    expect(await message(members.member("g", "t").join())).to.contain("ECONNREFUSED");
  });
});
