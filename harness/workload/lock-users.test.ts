import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { checkHistory } from "../checkers/check.ts";
import { mutex } from "../checkers/mutex.ts";
import { pairOperations } from "../history/operations.ts";
import { systemClock } from "../util/clock.ts";
import { UsageError } from "../util/errors.ts";
import { until } from "../util/until.ts";
import { type LockUsersOptions, lockUsers } from "./lock-users.ts";
import { type FakeContext, fakeContext } from "./testing/fake-context.ts";

const quick: LockUsersOptions = { rate: 100, locks: 1, users: 1, hold: 0 };

describe("the lockUsers workload", () => {
  let fake: FakeContext;
  let server: Server;
  /** The status that a call is answered with, by what it asks for and how often that was asked before. */
  let answer: (call: string, number: number) => number | "reset";

  beforeEach(async () => {
    fake = fakeContext(systemClock);
    answer = () => 200;
    const calls = new Map<string, number>();
    let fence = 0;
    server = createServer((request, response) => {
      const call = request.url?.split("/").at(-1) ?? "";
      const number = calls.get(call) ?? 0;
      calls.set(call, number + 1);
      const status = answer(call, number);
      if (status === "reset") request.socket.resetAndDestroy();
      else response.writeHead(status).end(JSON.stringify(call === "acquire" ? { fence: ++fence } : {}));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    fake[Symbol.dispose]();
  });

  const ended = (f: string) =>
    pairOperations(fake.history.events)
      .filter(({ invoke }) => invoke.f === f)
      .map(({ completion }) => [completion?.type, completion?.error]);

  async function run(turns: number, options = quick) {
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const context = { ...fake.context, lockers: [{ name: "locker-1", baseUrl }] };
    await using workload = lockUsers(options).start(context);
    await until(() => ended("acquire").length >= turns, "enough turns")
      .every("5ms")
      .atMost("5s");
    await workload.drained();
    return workload.stats();
  }

  it("acquires, writes twice with its fence, and releases", async () => {
    const stats = await run(3);
    expect(stats).to.include({ busy: 0, stale: 0, failed: 0, waiting: 0, written: 2 * stats.acquired });
    expect(ended("release")).to.have.length(stats.acquired);
    expect(checkHistory(fake.history.events, [mutex()]).results[0]?.verdict).to.equal("passed");
  });

  it("takes a no for an answer, and what holds nothing for certain for a fail", async () => {
    answer = (call, number) => {
      if (call === "acquire") return [409, 503][number] ?? 200;
      return call === "write" && number === 0 ? 409 : 200;
    };
    const stats = await run(4);
    expect(ended("acquire").slice(0, 2)).to.deep.equal([
      ["fail", "busy"],
      ["fail", "503"],
    ]);
    expect(ended("guarded-write")[0]).to.deep.equal(["fail", "stale"]);
    expect(stats).to.include({ busy: 1, stale: 1, failed: 1 });
  });

  it("goes on under its name as another process after a doubt, and repeats a release until it is answered", async () => {
    answer = (call, number) => {
      if (call === "write" && number === 0) return 503;
      return call === "release" && number === 0 ? "reset" : 200;
    };
    await run(3);
    expect(ended("guarded-write")[0]?.[0]).to.equal("info");
    expect(
      ended("release")
        .slice(0, 2)
        .map(([type]) => type),
    ).to.deep.equal(["info", "ok"]);
    const releases = fake.history.events.filter(({ f, type }) => f === "release" && type === "invoke");
    expect(new Set(releases.slice(0, 2).map(({ process }) => process)).size).to.equal(2);
    expect(releases.map(({ value }) => value)).to.deep.equal(releases.map(() => ({ owner: "user-1" })));
    expect(checkHistory(fake.history.events, [mutex()]).results[0]?.verdict).to.equal("passed");
  });

  it("has crowds whose users all want the same lock, each with a turn of his own", async () => {
    await run(20, { ...quick, crowd: 4, locks: 5, users: 4 });
    const asked = fake.history.events.filter(({ f, type }) => f === "acquire" && type === "invoke");
    const crowds = Map.groupBy(asked, ({ intended }) => intended);
    expect(crowds.size).to.be.at.least(5);
    for (const crowd of [...crowds.values()].slice(0, 5)) {
      expect(new Set(crowd.map(({ key }) => key)).size).to.equal(1);
      expect(new Set(crowd.map(({ process }) => process)).size).to.equal(4);
    }
    expect(new Set(asked.map(({ key }) => key)).size).to.be.at.least(2);
  });

  it("refuses settings that make no sense", () => {
    expect(() => lockUsers({ rate: 0 })).to.throw(UsageError, "rate must be above 0");
    expect(() => lockUsers({ rate: 1, hold: "1m" })).to.throw(UsageError, "hold must be at most 20 s");
    expect(() => lockUsers({ rate: 1 }).start(fake.context)).to.throw(UsageError, "has no lock users");
  });
});
