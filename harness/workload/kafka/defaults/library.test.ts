import { expect } from "chai";
import type { Written } from "../offsets.ts";
import { type KafkaJsProducer, kafkaJsProducer } from "./library.ts";

const records = [
  { partition: 0, value: 1 },
  { partition: 1, value: 2 },
  { partition: 0, value: 3 },
];
const answer: Written[] = [
  { partition: 0, baseOffset: "5" },
  { partition: 1, baseOffset: "9" },
];

describe("a producer in kafkajs's manner", () => {
  let calls: string[];
  const producer = (send: KafkaJsProducer["send"]): KafkaJsProducer => ({
    connect: async () => void calls.push("connect"),
    send: (record) => {
      calls.push(JSON.stringify(record));
      return send(record);
    },
    disconnect: async () => void calls.push("disconnect"),
  });
  beforeEach(() => {
    calls = [];
  });

  it("connects once, and sends nothing but what there is to send", async () => {
    const client = kafkaJsProducer(
      producer(async () => answer),
      true,
    );
    expect(await client.send("t", 1, 7, { key: "k", bytes: 3 })).to.equal(9);
    expect(await client.sendBatch("t", records)).to.deep.equal([5, 9, 6]);
    await client[Symbol.asyncDispose]();
    expect(calls).to.have.lengthOf(4);
    expect(calls[0]).to.equal("connect");
    expect(calls[1]).to.equal('{"topic":"t","messages":[{"partition":1,"value":"7  ","key":"k"}]}');
    expect(calls[3]).to.equal("disconnect");
  });

  it("tells no offset that another send's record may have", async () => {
    const client = kafkaJsProducer(
      producer(async () => answer),
      false,
    );
    expect(await client.sendBatch("t", records)).to.deep.equal([undefined, 9, undefined]);
  });

  it("rejects as the library does, and closes all the same", async () => {
    const failing = producer(() => Promise.reject(new Error("no leader")));
    const client = kafkaJsProducer(
      { ...failing, disconnect: () => Promise.reject(new Error("not connected")) },
      true,
    );
    expect(await client.sendBatch("t", records).catch((error: Error) => error.message)).to.equal("no leader");
    await client[Symbol.asyncDispose]();
  });
});
