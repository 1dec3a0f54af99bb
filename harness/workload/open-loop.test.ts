import { expect } from "chai";
import { until } from "../util/until.ts";
import { type Arrival, arrivals, OpenLoop } from "./open-loop.ts";
import { type FakeContext, fakeContext } from "./testing/fake-context.ts";

describe("the open loop", () => {
  let fake: FakeContext;
  beforeEach(() => {
    fake = fakeContext();
  });
  afterEach(() => fake[Symbol.dispose]());

  it("has arrivals at a constant rate, each with its own time", async () => {
    const stop = new AbortController();
    const seen: Arrival[] = [];
    await arrivals(10, { ...fake.context, signal: stop.signal }, (arrival) => {
      seen.push(arrival);
      if (seen.length === 5) stop.abort();
    });
    expect(seen.map(({ number }) => number)).to.deep.equal([0, 1, 2, 3, 4]);
    const began = seen[0]?.intended ?? 0;
    expect(seen.map(({ intended }) => (intended - began) / 1e6)).to.deep.equal([0, 100, 200, 300, 400]);
  });

  it("has crowds that come at once, at the same mean rate", async () => {
    const stop = new AbortController();
    const seen: Arrival[] = [];
    const note = (arrival: Arrival) => {
      seen.push(arrival);
      if (seen.length === 7) stop.abort();
    };
    await arrivals(10, { ...fake.context, signal: stop.signal }, note, { crowd: 3 });
    const began = seen[0]?.intended ?? 0;
    expect(seen.map(({ intended }) => (intended - began) / 1e6)).to.deep.equal([0, 0, 0, 300, 300, 300, 600]);
  });

  it("does not slow down for a slow system: who waits keeps the time at which it was wanted", async () => {
    const gate = Promise.withResolvers<void>();
    const served: { number: number; client: number; intended: number; at: number }[] = [];
    const loop = new OpenLoop(fake.context, {
      rate: 10,
      clients: 2,
      drainMs: 1e9,
      serve: async (arrival) => {
        if (arrival.client === 0) await gate.promise; // one client hangs
        served.push({ ...arrival, at: fake.history.now() });
        if (arrival.number === 9) gate.resolve();
      },
    });
    loop.start();
    await until(() => served.length >= 12, "the one that hung was served", fake.context.clock).atMost("60s");
    await loop.drained();
    expect(loop.stats()).to.deep.equal({ arrived: served.length, waiting: 0 });
    const [others, hung] = [
      served.filter(({ client }) => client === 1),
      served.filter(({ client }) => client === 0),
    ];
    expect(others[0]?.number).to.equal(1);
    expect(hung.map(({ number }) => number).slice(0, 5)).to.deep.equal([0, 2, 4, 6, 8]);
    for (const { number, intended } of served) expect(intended).to.equal(number * 100e6);
    expect((hung[0]?.at ?? 0) - (hung[0]?.intended ?? 0)).to.be.at.least(900e6);
  });

  it("ends who hangs when the drain time is over, and counts those who were never served", async () => {
    const loop = new OpenLoop(fake.context, {
      rate: 10,
      clients: 1,
      drainMs: 1_000,
      serve: ({ number }) => {
        if (number > 0) throw new Error("the first one hangs");
        return new Promise((_, reject) =>
          loop.signal.addEventListener("abort", () => reject(loop.signal.reason)),
        );
      },
    });
    loop.start();
    await until(() => loop.stats().arrived > 3, "some came", fake.context.clock).atMost("60s");
    await loop.drained(); // the end is no error of the workload
    const { arrived, waiting } = loop.stats();
    expect(waiting).to.equal(arrived);
  });

  it("tells the first unexpected error, of its beginning or of serving", async () => {
    const broken = new OpenLoop(fake.context, { rate: 1, clients: 1, drainMs: 1, serve: async () => {} });
    broken.start(Promise.reject(new Error("no topic")));
    expect(await broken.drained().catch((error: Error) => error.message)).to.equal("no topic");

    const mistaken = new OpenLoop(fake.context, {
      ...{ rate: 1, clients: 1, drainMs: 1e9 },
      serve: () => Promise.reject(new Error("a mistake")),
    });
    mistaken.start();
    await until(() => mistaken.stats().arrived > 0, "somebody came", fake.context.clock).atMost("60s");
    expect(await mistaken.drained().catch((error: Error) => error.message)).to.equal("a mistake");
  });
});
