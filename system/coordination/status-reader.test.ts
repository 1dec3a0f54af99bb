import { expect } from "chai";
import { transcriptionStatus } from "../testing/factory.ts";
import type { CachedStatus } from "./status-cache.ts";
import { concurrentLookups, StatusReader } from "./status-reader.ts";

/** Two turns of the event loop: in the first a read misses the cache, in the second its query begins. */
const turn = async () => {
  for (let n = 0; n < 2; n++) await new Promise<void>((resolve) => setImmediate(resolve));
};
const statusOf = (id: string, version = 1) => transcriptionStatus({ id, version });

/** PostgreSQL, of which the test decides when it answers, and a cache that may know nothing. */
class Backend {
  readonly cached = new Map<string, CachedStatus>();
  readonly put: CachedStatus[] = [];
  readonly queries: { ids: readonly string[]; answer: () => void; fail: (error: Error) => void }[] = [];
  readonly rows = new Map<string, CachedStatus>();
  underWay = 0;
  mostUnderWay = 0;
  /** Without Redis: nothing is found, nothing kept. */
  readonly reader = new StatusReader(
    {
      moment: () => 7,
      get: async (id) => this.cached.get(id) ?? null,
      put: async (status, asOf) => {
        expect(asOf).to.equal(7);
        this.put.push(status);
      },
    },
    async (ids) => {
      this.underWay++;
      this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
      // As PostgreSQL sees it when the query begins.
      const found = ids.flatMap((id) => this.rows.get(id) ?? []);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      this.queries.push({ ids, answer: resolve, fail: reject });
      await promise.finally(() => this.underWay--);
      return found;
    },
  );

  async answerAll(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      for (const { answer } of this.queries) answer();
      await turn();
      quiet = this.underWay === 0 ? quiet + 1 : 0;
    }
  }
}

describe("status reads", () => {
  let db: Backend;
  beforeEach(() => {
    db = new Backend();
  });

  it("are answered by the cache where it knows", async () => {
    db.cached.set("a", statusOf("a"));
    expect(await db.reader.read("a")).to.deep.equal(statusOf("a"));
    expect(db.queries).to.have.length(0);
  });

  it("of one recording, a thousand at once, make one query, whose answer is cached", async () => {
    db.rows.set("a", statusOf("a"));
    const reads = Promise.all(Array.from({ length: 1_000 }, () => db.reader.read("a")));
    await db.answerAll();
    for (const status of await reads) expect(status).to.deep.equal(statusOf("a"));
    expect(db.queries.map(({ ids }) => ids)).to.deep.equal([["a"]]);
    expect(db.put).to.deep.equal([statusOf("a")]);
  });

  it(`of many recordings never make more than ${concurrentLookups} queries at once`, async () => {
    const ids = Array.from({ length: 1_000 }, (_, n) => `r${n}`);
    for (const id of ids) db.rows.set(id, statusOf(id));
    const reads: Promise<CachedStatus | null>[] = [];
    // In 50 waves, none of which has been answered when the next one comes.
    for (let from = 0; from < ids.length; from += 20) {
      for (const id of ids.slice(from, from + 20)) reads.push(db.reader.read(id));
      await turn();
    }
    await db.answerAll();
    expect((await Promise.all(reads)).map((status) => status?.id)).to.deep.equal(ids);
    expect(db.mostUnderWay).to.equal(concurrentLookups);
    expect(db.queries.length).to.be.below(10);
  });

  it("never share a query that began before them: it may have missed what they know of", async () => {
    db.rows.set("a", statusOf("a", 1));
    const early = db.reader.read("a");
    await turn();
    expect(db.queries).to.have.length(1);
    db.rows.set("a", statusOf("a", 2)); // and its writer is told, and reads it
    const late = Promise.all([db.reader.read("a"), db.reader.read("a")]);
    await turn();
    expect(db.queries, "one query of a recording at a time").to.have.length(1);
    await db.answerAll();
    expect(await early).to.include({ version: 1 });
    for (const status of await late) expect(status).to.include({ version: 2 });
    expect(db.queries).to.have.length(2);
  });

  it("of what does not exist give null", async () => {
    const read = db.reader.read("nobody");
    await db.answerAll();
    expect(await read).to.equal(null);
    expect(db.put).to.deep.equal([]);
  });

  it("fail with the query they share; later ones try again", async () => {
    const failing = Promise.allSettled([db.reader.read("a"), db.reader.read("b")]);
    await turn();
    db.queries[0]?.fail(new Error("away"));
    for (const result of await failing) expect(result).to.have.nested.property("reason.message", "away");
    db.rows.set("a", statusOf("a"));
    const again = db.reader.read("a");
    await db.answerAll();
    expect(await again).to.deep.equal(statusOf("a"));
  });
});
