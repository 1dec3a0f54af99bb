import { expect } from "chai";
import { PollBuffer } from "./poll-buffer.ts";

const record = (offset: number) => ({ partition: 0, offset, value: offset });
const never = new AbortController().signal;

describe("polls of a client that pushes", () => {
  it("bring what has come, or wait for it", async () => {
    const buffer = new PollBuffer();
    buffer.push(record(0));
    buffer.push(record(1));
    expect(await buffer.poll(never)).to.deep.equal({ rebalance: false, records: [record(0), record(1)] });
    const waiting = buffer.poll(never);
    buffer.push(record(2));
    expect(await waiting).to.deep.equal({ rebalance: false, records: [record(2)] });
  });

  it("are cut where the assignment changed", async () => {
    const buffer = new PollBuffer();
    buffer.push(record(5));
    buffer.rebalanced();
    buffer.rebalanced();
    buffer.push(record(5));
    expect(await buffer.poll(never)).to.deep.equal({ rebalance: false, records: [record(5)] });
    expect(await buffer.poll(never)).to.deep.equal({ rebalance: true, records: [record(5)] });
  });

  it("end without records when told to, and say that the assignment changed", async () => {
    const buffer = new PollBuffer();
    const stop = new AbortController();
    const waiting = buffer.poll(stop.signal);
    buffer.rebalanced();
    stop.abort();
    expect(await waiting).to.deep.equal({ rebalance: true, records: [] });
  });

  it("bring what was delivered before the client broke off, and then its error", async () => {
    const buffer = new PollBuffer();
    buffer.push(record(1));
    buffer.fail(new Error("fenced"));
    expect((await buffer.poll(never)).records).to.have.length(1);
    expect(await buffer.poll(never).catch((error: Error) => error.message)).to.equal("fenced");
  });
});
