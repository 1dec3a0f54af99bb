import { MultipleErrors, ProtocolError } from "@platformatic/kafka";
import { expect } from "chai";
import { checkHistory } from "../checkers/check.ts";
import { log } from "../checkers/log.ts";
import { ordering } from "../checkers/ordering.ts";
import { pairOperations } from "../history/operations.ts";
import { UsageError } from "../util/errors.ts";
import { until } from "../util/until.ts";
import { readLogFinally } from "./kafka/final-reads.ts";
import { isRefusal } from "./kafka/platformatic.ts";
import { forwardOnly } from "./kafka/recorded-consumer.ts";
import { RecordedProducer } from "./kafka/recorded-producer.ts";
import { kafkaLog, RunningKafkaLog } from "./kafka-log.ts";
import { type FakeContext, fakeContext } from "./testing/fake-context.ts";
import { FakeLog, FakeMember } from "./testing/fake-log.ts";

const settings = {
  ...{ topic: "t", partitions: 2, rate: 100, producers: 2, consumers: 1 },
  ...{ batch: 1, spread: false, keys: 0, hot: 1, bytes: [0] },
  ...{ client: "platformatic" as const, acks: "all" as const, idempotent: true, onlyForward: true },
  ...{ answerWithinMs: 10_000, drainMs: 1_000 },
};

describe("the kafkaLog workload", () => {
  let fake: FakeContext;
  let kafka: FakeLog;
  beforeEach(() => {
    fake = fakeContext();
    kafka = new FakeLog();
  });
  afterEach(() => fake[Symbol.dispose]());

  const operations = (f: string) =>
    pairOperations(fake.history.events).filter(({ invoke }) => invoke.f === f);
  const verdict = () => checkHistory(fake.history.events, [log()]).results[0];

  async function run(sends: number): Promise<RunningKafkaLog> {
    const workload = new RunningKafkaLog(settings, fake.context, kafka);
    const done = () => Object.values(workload.stats()).reduce((sum, count) => sum + count, 0) >= sends;
    await until(done, "enough was sent", fake.context.clock).atMost("60s");
    await workload.drained();
    fake.history.phase = "drain";
    await workload.finalReads();
    await workload[Symbol.asyncDispose]();
    return workload;
  }

  it("sends each number once, polls them, and reads everything in the end", async () => {
    const workload = await run(20);
    const values = kafka.partitions.flat();
    expect(new Set(values).size).to.equal(values.length);
    expect(workload.stats()).to.include({ sent: values.length, refused: 0, indeterminate: 0, waiting: 0 });
    expect(operations("subscribe").map(({ completion }) => completion?.value)).to.deep.equal([["t"]]);
    expect(operations("assign").map(({ completion }) => completion?.value)).to.deep.equal([["t-0"], ["t-1"]]);
    expect(verdict()?.verdict).to.equal("passed");
  });

  it("records a refusal as fail, and every doubt as info after which the producer is another one", async () => {
    kafka.fate = (value) =>
      value === 3 ? "refused" : value === 4 ? "lost-answer" : value === 5 ? "silence" : "ack";
    await run(20);
    const ends = operations("send").map(({ invoke, completion }) => [invoke.value, completion?.type]);
    expect(ends).to.deep.include([3, "fail"]);
    expect(ends).to.deep.include([4, "info"]);
    expect(ends).to.deep.include([5, "info"]);
    expect(kafka.producers).to.equal(settings.producers + 2);
    expect(kafka.closed).to.equal(kafka.producers); // the doubtful ones as well
    expect(verdict()?.verdict).to.equal("passed");
  });

  it("sends each key's records in their order, and tells them as elements of their keys", async () => {
    const workload = new RunningKafkaLog({ ...settings, keys: 4, hot: 0.5 }, fake.context, kafka);
    await until(() => workload.stats().polled >= 40, "records are polled", fake.context.clock).atMost("60s");
    await workload.drained();
    await workload.finalReads();
    await workload[Symbol.asyncDispose]();
    const [kept, ordered] = checkHistory(fake.history.events, [log(), ordering()]).results;
    expect([kept?.verdict, ordered?.verdict]).to.deep.equal(["passed", "passed"]);
    expect(ordered?.counts.keys).to.equal(4);
  });

  it("sends batches, whose records are operations of their own", async () => {
    kafka.fate = (value) => (value === 21 ? "lost-answer" : "ack"); // one of the batch of 20, 21, 22 and 23
    const workload = new RunningKafkaLog({ ...settings, batch: 4 }, fake.context, kafka);
    await until(() => workload.stats().polled >= 40, "records are polled", fake.context.clock).atMost("60s");
    await workload.drained();
    await workload.finalReads();
    await workload[Symbol.asyncDispose]();
    const ends = operations("send").map(({ invoke, completion }) => [Number(invoke.value), completion?.type]);
    expect(ends.slice(0, 24).map(([number]) => number)).to.deep.equal(
      Array.from({ length: 24 }, (_, n) => n),
    );
    expect(ends.filter(([, type]) => type === "info").map(([number]) => number)).to.deep.equal([
      20, 21, 22, 23,
    ]);
    expect(workload.stats()).to.include({ indeterminate: 4, waiting: 0 });
    expect(verdict()).to.include({ verdict: "passed" });
  });

  it("spreads batches over all partitions by turns, each record where the history says", async () => {
    kafka.fate = (value) => (value === 9 ? "refused" : "ack"); // one of the batch of 8, 9, 10 and 11
    const workload = new RunningKafkaLog({ ...settings, batch: 4, spread: true }, fake.context, kafka);
    await until(() => workload.stats().polled >= 40, "records are polled", fake.context.clock).atMost("60s");
    await workload.drained();
    await workload.finalReads();
    await workload[Symbol.asyncDispose]();
    expect(kafka.partitions[0]?.every((value) => Number(value) % 2 === 0)).to.equal(true);
    expect(kafka.partitions[1]?.every((value) => Number(value) % 2 === 1)).to.equal(true);
    const keys = operations("send").map(({ invoke }) => [invoke.value, invoke.key]);
    expect(keys.slice(0, 4)).to.deep.equal([
      [0, "t-0"],
      [1, "t-1"],
      [2, "t-0"],
      [3, "t-1"],
    ]);
    // The other partition may have taken its part.
    const doubtful = operations("send").filter(({ completion }) => completion?.type === "info");
    expect(doubtful.map(({ invoke }) => invoke.value)).to.deep.equal([8, 9, 10, 11]);
    expect(verdict()).to.include({ verdict: "passed" });
  });

  it("waits for answers as long as it is told to", async () => {
    kafka.fate = (value) => (value === 4 ? "silence" : "ack");
    const patient = { ...settings, answerWithinMs: 3_600_000 };
    const workload = new RunningKafkaLog(patient, fake.context, kafka);
    await until(() => workload.stats().polled >= 40, "records are polled", fake.context.clock).atMost("60s");
    expect(kafka.producers).to.equal(settings.producers);
    await workload.drained();
    expect(workload.stats().indeterminate).to.equal(1); // the end of the drain ends it
    await workload[Symbol.asyncDispose]();
  });

  it("comes to its end with a client that does nothing any more", async () => {
    kafka.fate = () => "silence";
    const hanging = { join: () => new Promise<never>(() => {}), [Symbol.asyncDispose]: async () => {} };
    kafka.member = () => Object.assign(new FakeMember(), hanging);
    const patient = { ...settings, answerWithinMs: 3_600_000 };
    const workload = new RunningKafkaLog(patient, fake.context, kafka);
    await until(() => workload.stats().waiting >= 40, "records wait", fake.context.clock).atMost("60s");
    await workload.drained();
    await workload.finalReads();
    await workload[Symbol.asyncDispose]();
    expect(workload.stats()).to.include({ sent: 0, indeterminate: settings.producers, polled: 0 });
    expect(operations("subscribe").map(({ completion }) => completion?.type)).to.deep.equal(["fail"]);
  });

  it("shows what was acknowledged and is gone", async () => {
    kafka.fate = (value) => (value === 4 ? "lost" : "ack");
    await run(20);
    expect(verdict()?.anomalies.map(({ type }) => type)).to.include("lost-write");
  });

  it("replaces a member that breaks off by another process", async () => {
    const workload = new RunningKafkaLog(settings, fake.context, kafka);
    await until(() => workload.stats().polled >= 4, "records are polled", fake.context.clock).atMost("60s");
    kafka.members[0]?.buffer.fail(new Error("fenced"));
    await until(() => kafka.members.length > 1, "another member", fake.context.clock).atMost("60s");
    await workload[Symbol.asyncDispose]();
    const processes = operations("subscribe").map(({ invoke }) => invoke.process);
    expect(new Set(processes).size).to.equal(processes.length).and.to.be.at.least(2);
    expect(operations("poll").some(({ completion }) => completion?.error === "fenced")).to.equal(true);
  });

  it("ends the run when a partition cannot be read to its end", async () => {
    await kafka.createTopic("t", 1);
    kafka.partitions[0]?.push(1, 2);
    kafka.hidden.add(0);
    const reading = readLogFinally({ ...fake.context, client: kafka }, "t", 1);
    expect(await reading.catch((error: Error) => error.message)).to.contain(
      "the final read of t-0 came to offset 0 of 2",
    );
  });

  it("takes a send for open that the end of the run overtakes", async () => {
    const end = new AbortController();
    kafka.fate = () => "silence";
    const { history, clock } = fake.context;
    await using producer = new RecordedProducer(
      { client: kafka, topic: "t", history, clock, signal: end.signal, answerWithinMs: 10_000 },
      () => 0,
    );
    const sending = producer.send(1, 0);
    end.abort(new Error("over"));
    expect(await sending).to.equal("info");
  });

  it("refuses settings that make no sense", () => {
    expect(() => kafkaLog({ rate: 0 })).to.throw(UsageError, "rate must be above 0");
    expect(() => kafkaLog({ rate: 1, partitions: 0 })).to.throw(UsageError, "partitions must be 1 or more");
    expect(() => kafkaLog({ rate: 1, batch: 2, keys: 1 })).to.throw(UsageError, "neither keys nor sizes");
    expect(() => kafkaLog({ rate: 1, acks: "1", idempotent: true })).to.throw(UsageError, 'needs acks "all"');
    expect(() => kafkaLog({ rate: 1, spread: true })).to.throw(UsageError, "only a batch can be spread");
    expect(() => kafkaLog({ rate: 1 }).start(fake.context)).to.throw(UsageError, "has no Kafka");
  });

  it("takes libraries by their defaults, and nothing that would change these", () => {
    const client = "kafkajs-defaults";
    const workload = kafkaLog({ rate: 60, batch: 6, spread: true, client });
    expect(workload.description).to.contain("the client kafkajs-defaults");
    expect(workload.source).to.deep.equal({
      call: "kafkaLog",
      args: [{ rate: 60, batch: 6, spread: true, client }],
    });
    expect(workload.atRate?.(30).description).to.match(/^30 records .*the client kafkajs-defaults/);
    expect(() => kafkaLog({ rate: 1, client, acks: "all" })).to.throw(UsageError, "as its library has them");
    expect(() => kafkaLog({ rate: 1, client, idempotent: true })).to.throw(UsageError, "as its library");
    expect(() => kafkaLog({ rate: 1, client, consumers: "nodes" })).to.throw(
      UsageError,
      "are not by kafkajs",
    );
    expect(() => kafkaLog({ rate: 1, client: "sarama" as "platformatic" })).to.throw(
      UsageError,
      "no client sarama",
    );
  });
});

describe("a consumer that goes only forward", () => {
  it("passes over what it has read, until its assignment changes", () => {
    const forward = forwardOnly();
    const batch = (rebalance: boolean, ...offsets: number[]) => ({
      rebalance,
      records: offsets.map((offset) => ({ partition: 0, offset, value: offset })),
    });
    expect(forward(batch(false, 3, 4, 3, 4)).records.map(({ offset }) => offset)).to.deep.equal([3, 4]);
    expect(forward(batch(false, 4, 5)).records.map(({ offset }) => offset)).to.deep.equal([5]);
    expect(forward(batch(true, 3, 4)).records.map(({ offset }) => offset)).to.deep.equal([3, 4]);
  });
});

describe("a send that fails by @platformatic/kafka", () => {
  const refused = new ProtocolError("MESSAGE_TOO_LARGE");

  it("is refused for sure only if every attempt was, for the record itself", () => {
    expect(isRefusal(refused)).to.equal(true);
    expect(isRefusal(new MultipleErrors("twice", [refused, refused]))).to.equal(true);
    expect(isRefusal(new MultipleErrors("twice", [new Error("connection closed"), refused]))).to.equal(false);
    expect(isRefusal(new ProtocolError("NOT_ENOUGH_REPLICAS"))).to.equal(false);
    expect(isRefusal(new ProtocolError("REQUEST_TIMED_OUT"))).to.equal(false);
    expect(isRefusal(new Error("anything"))).to.equal(false);
    expect(isRefusal(new MultipleErrors("nothing", []))).to.equal(false);
  });
});
