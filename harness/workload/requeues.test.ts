import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { decodeJwt } from "jose";
import { pairOperations } from "../history/operations.ts";
import { systemClock } from "../util/clock.ts";
import { UsageError } from "../util/errors.ts";
import { until } from "../util/until.ts";
import { requeues } from "./requeues.ts";
import { type FakeContext, fakeContext } from "./testing/fake-context.ts";

describe("the requeues workload", () => {
  let fake: FakeContext;
  let server: Server;
  let dead: { id: string; owner: string }[];
  /** The status of each requeued recording, as its owner is told. */
  let statuses: Map<string, string>;
  let asked: { path: string; subject: string | undefined }[];
  let onRequeue: (id: string) => number;

  beforeEach(async () => {
    fake = fakeContext(systemClock);
    [dead, statuses, asked] = [[], new Map(), []];
    onRequeue = (id) => {
      dead = dead.filter((one) => one.id !== id);
      statuses.set(id, "PROCESSING");
      return 202;
    };
    server = createServer((request, response) => {
      const path = request.url ?? "";
      asked.push({ path, subject: decodeJwt((request.headers.authorization ?? "").slice(7)).sub });
      const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
      const id = path.split("/").at(-2) ?? "";
      if (path.startsWith("/api/admin/dead-letters?")) answer(200, { deadLetters: dead });
      else if (path.endsWith("/requeue")) answer(onRequeue(id), {});
      else answer(200, { status: statuses.get(id) });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    fake[Symbol.dispose]();
  });

  const start = () => {
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const context = { ...fake.context, services: [{ name: "stt-1", baseUrl }], jwtSecret: "s".repeat(32) };
    return requeues({ every: "5ms" }).start(context);
  };
  const ended = () =>
    pairOperations(fake.history.events).flatMap(({ invoke, completion }) =>
      completion === undefined ? [] : [[invoke.key, completion.type]],
    );

  it("requeues each dead letter once, and waits in the end until it has ended, as its owner sees it", async () => {
    await using workload = start();
    dead = [
      { id: "a", owner: "alice" },
      { id: "b", owner: "bob" },
    ];
    await until(() => ended().length === 2, "both were requeued")
      .every("5ms")
      .atMost("5s");
    const drained = workload.drained();
    await until(() => asked.some(({ path }) => path.includes("/a/status")), "it waits").atMost("5s");
    statuses.set("a", "COMPLETED").set("b", "FAILED");
    await drained;
    expect(ended()).to.deep.equal([
      ["a", "ok"],
      ["b", "ok"],
    ]);
    expect(workload.stats()).to.deep.equal({ requeued: 2 });
    expect(asked.find(({ path }) => path.includes("/a/status"))?.subject).to.equal("alice");
  });

  it("takes a refusal for a fail, and a doubt for a requeue that may have happened", async () => {
    dead = [{ id: "a", owner: "alice" }];
    const answers = [409, 503];
    const requeued = onRequeue;
    onRequeue = (id) => answers.shift() ?? requeued(id);
    await using workload = start();
    await until(() => ended().length >= 3, "it was tried three times")
      .every("5ms")
      .atMost("5s");
    statuses.set("a", "COMPLETED");
    await workload.drained();
    expect(ended()).to.deep.equal([
      ["a", "fail"],
      ["a", "info"],
      ["a", "ok"],
    ]);
  });

  it("needs a service", () => {
    expect(() => requeues().start(fake.context)).to.throw(UsageError, "no instance of the service");
  });
});
