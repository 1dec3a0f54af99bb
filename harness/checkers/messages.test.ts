import { expect } from "chai";
import type { StageMessage } from "../history/stage-message-operations.ts";
import { type MessagesOptions, messages } from "./messages.ts";
import { made } from "./testing/made-history.ts";

/** Messages by partition, in the order of their offsets. */
type Told = Partial<StageMessage>[][];

function read(topic: string, partitions: Told) {
  const value = partitions.flatMap((own, partition) =>
    own.map((one, offset) => ({ partition, offset, id: "a", version: 1, attempt: 0, ...one })),
  );
  return { f: "stage-messages", key: topic, at: 1, end: 2, value };
}
const result = (id: string, status: string) => ({
  ...{ f: "result", key: id, at: 3, end: 4 },
  value: { id, status, hasText: false, hasSummary: false },
});
const check = (options: MessagesOptions, ...operations: Parameters<typeof made>[0]) =>
  messages(options).check(made(operations));
const found = (options: MessagesOptions, ...operations: Parameters<typeof made>[0]) =>
  check(options, ...operations).anomalies.map(({ type }) => type);

describe("the messages checker", () => {
  it("passes when each recording has a partition, and its messages their order", () => {
    const topic = read("t", [
      [{ attempt: 1 }, { attempt: 2 }, { version: 3 }],
      [{ id: "b" }, { id: "b", attempt: 1 }],
    ]);
    const result = check({ repeats: 0, fifoWithin: "1s" }, topic, read("u", [[], [{}]]));
    expect(result).to.include({ verdict: "passed" });
    expect(result.counts).to.deep.equal({ messages: 6, repeated: 0 });
  });

  it("finds a recording in several partitions of a topic", () => {
    expect(found({}, read("t", [[{}], [{ attempt: 1 }]]))).to.deep.equal(["scattered-recording"]);
  });

  it("finds an earlier message that comes first after a later one; a second copy there is none", () => {
    expect(found({}, read("t", [[{ attempt: 1 }, {}]]))).to.deep.equal(["out-of-order"]);
    expect(found({}, read("t", [[{ version: 2 }, { attempt: 9 }]]))).to.deep.equal(["out-of-order"]);
    expect(found({}, read("t", [[{}, { attempt: 1 }, {}]]))).to.deep.equal([]);
  });

  it("finds messages that were written more than once, above the number that is borne", () => {
    const twice = read("t", [[{}, {}, { attempt: 1 }]]);
    expect(found({}, twice)).to.deep.equal([]);
    expect(found({ repeats: 1 }, twice)).to.deep.equal([]);
    expect(found({ repeats: 0 }, twice)).to.deep.equal(["repeated-message"]);
    expect(check({}, twice).counts.repeated).to.equal(1);
  });

  it("finds a message that was overtaken by more than a moment, once a partition", () => {
    const at = (...times: number[]) => times.map((createdAt) => ({ id: `r${createdAt}`, createdAt }));
    const late = read("t", [at(5_000, 4_500, 3_000, 2_000), at(1_000, 2_500)]);
    expect(found({}, late)).to.deep.equal([]);
    expect(found({ fifoWithin: "5s" }, late)).to.deep.equal([]);
    const { anomalies } = check({ fifoWithin: "1s" }, late);
    expect(anomalies.map(({ message }) => message)).to.deep.equal([
      "in t-0, version 1, attempt 0 of recording r2000 comes after a message made 3000 ms later",
    ]);
    const copy = read("t", [[...at(1_000), ...at(5_000), ...at(1_000)]]);
    expect(found({ fifoWithin: "1s" }, copy)).to.deep.equal([]);
  });

  it("finds a recording that FAILED without a dead letter", () => {
    const letters = { deadLetters: ["dlt"] };
    expect(found(letters, read("dlt", [[{}]]), result("a", "FAILED"))).to.deep.equal([]);
    expect(found(letters, read("dlt", [[{}]]), result("b", "FAILED"))).to.deep.equal(["missing-dead-letter"]);
    expect(found(letters, read("dlt", [[{}]]), result("b", "COMPLETED"))).to.deep.equal([]);
    expect(found({}, read("dlt", [[{}]]), result("b", "FAILED"))).to.deep.equal([]);
  });

  it("takes a recording that was requeued for one that was FAILED", () => {
    const requeue = { f: "requeue", key: "b", at: 3, end: 4 };
    const letters = { deadLetters: ["dlt"] };
    expect(found(letters, read("dlt", [[{}]]), requeue)).to.deep.equal(["missing-dead-letter"]);
    expect(found(letters, read("dlt", [[{ id: "b" }]]), requeue, result("b", "COMPLETED"))).to.deep.equal([]);
    expect(found(letters, read("dlt", [[{}]]), { ...requeue, type: "fail" })).to.deep.equal([]);
  });

  it("leaves dead letters open when no recording was FAILED", () => {
    const open = check({ deadLetters: ["dlt"] }, read("dlt", [[{}]]), result("b", "COMPLETED"));
    expect(open).to.include({ verdict: "inconclusive" });
  });

  it("is inconclusive when nothing was read, or not the dead letters", () => {
    expect(check({}).verdict).to.equal("inconclusive");
    expect(check({}, read("t", [[]])).verdict).to.equal("inconclusive");
    const unread = check({ deadLetters: ["dlt"] }, read("t", [[{}]]), result("b", "FAILED"));
    expect(unread).to.include({ verdict: "inconclusive", reason: "the dead letters of dlt were not read" });
  });
});
