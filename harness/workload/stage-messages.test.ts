import { expect } from "chai";
import { messages } from "../checkers/messages.ts";
import { EnvironmentError, UsageError } from "../util/errors.ts";
import type { RawRecord } from "./kafka/platformatic-reader.ts";
import { StageMessages, stageMessages, type TopicReader } from "./stage-messages.ts";
import { type FakeContext, fakeContext } from "./testing/fake-context.ts";

const topics = [{ name: "t", partitions: 2 }];
const record = (offset: number, id: string, headers: Record<string, string> = {}): RawRecord => ({
  offset,
  value: JSON.stringify({ recordingId: id }),
  headers: new Map(Object.entries({ version: "2", attempt: "0", ...headers })),
});

/** A topic in memory, of which a fetch gives two records. */
const reader = (partitions: readonly (readonly RawRecord[])[], ends?: readonly number[]): TopicReader => ({
  starts: async () => partitions.map((own) => own[0]?.offset ?? 0),
  ends: async () => ends ?? partitions.map((own) => (own.at(-1)?.offset ?? -1) + 1),
  records: async (partition, from) => {
    const own = partitions[partition] ?? [];
    if (from < (own[0]?.offset ?? 0)) throw new Error("offset out of range");
    return own.filter(({ offset }) => offset >= from).slice(0, 2);
  },
  [Symbol.asyncDispose]: async () => {},
});

describe("the stageMessages workload", () => {
  let fake: FakeContext;
  beforeEach(() => {
    fake = fakeContext();
  });
  afterEach(() => fake[Symbol.dispose]());

  const readFinally = (topic: TopicReader) =>
    new StageMessages(topics, fake.context, () => topic).finalReads();

  it("records the messages of each partition to its end, and passes over what is none of the service's", async () => {
    const foreign = { offset: 1, value: "not JSON", headers: new Map() };
    const own = [record(0, "a"), foreign, record(3, "a", { attempt: "1", "created-at": "17" })];
    await readFinally(reader([own, [record(0, "b")]]));
    const [, read] = fake.history.events;
    expect(read).to.deep.include({ type: "ok", f: "stage-messages", key: "t" });
    expect(read?.value).to.deep.equal([
      { partition: 0, offset: 0, id: "a", version: 2, attempt: 0 },
      { partition: 0, offset: 3, id: "a", version: 2, attempt: 1, createdAt: 17 },
      { partition: 1, offset: 0, id: "b", version: 2, attempt: 0 },
    ]);
    expect(messages().check(fake.history.events).verdict).to.equal("passed");
  });

  it("begins where the topic begins: of a topology that was reset, the first records are gone", async () => {
    await readFinally(reader([[record(7, "a"), record(8, "b")], []]));
    expect(fake.history.events.at(-1)).to.deep.include({ type: "ok", f: "stage-messages" });
  });

  it("ends the run when a topic cannot be read to its end: nothing can be said of it", async () => {
    const error = await readFinally(reader([[record(0, "a")], []], [1, 5])).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(EnvironmentError);
    expect(String(error)).to.contain("t could not be read to its end");
  });

  it("needs topics, and Kafka", () => {
    expect(() => stageMessages([])).to.throw(UsageError, "at least one topic");
    expect(() => stageMessages(topics).start(fake.context)).to.throw(UsageError, "no Kafka");
  });
});
