import {
  type Broker,
  type ClusterMetadata,
  kGetApi,
  kGetConnection,
  kMetadata,
  ProtocolError,
  stringDeserializers,
} from "@platformatic/kafka";
import { expect } from "chai";
import { GroupConsumer } from "./platformatic-group-consumer.ts";

/** A cluster of one partition, whose leader moves from broker 1 to broker 2 and on to 3, as metadata tells it. */
function consumerOf(asked: number[], leaders: number[]): GroupConsumer {
  const noHook = { beforeMove: async () => {}, onFenced: () => {} };
  const bootstrapBrokers = ["127.0.0.1:1"];
  const retries = { retries: true, retryDelay: 1 };
  const consumer = new GroupConsumer(
    { clientId: "test", bootstrapBrokers, groupId: "group", deserializers: stringDeserializers, ...retries },
    noHook,
  );
  let known: number | undefined;
  consumer[kMetadata] = ({ forceUpdate }, callback) => {
    if (known === undefined || forceUpdate) known = leaders.shift() ?? known;
    const leader = known ?? 0;
    const brokers = new Map([[leader, { nodeId: leader, host: "", port: 0, rack: null }]]);
    const partition = { leader, leaderEpoch: leader, replicas: [], isr: [], offlineReplicas: [] };
    const topic = { id: "id", partitions: [partition], partitionsCount: 1, lastUpdate: 0 };
    const metadata = { id: "cluster", brokers, topics: new Map([["topic", topic]]), controllerId: 1 };
    callback(null, metadata as unknown as ClusterMetadata);
  };
  consumer.clearMetadata = () => {
    known = undefined;
  };
  consumer[kGetConnection] = (broker, callback) => callback(null, broker as never);
  consumer[kGetApi] = (_name, callback) => {
    const api = (broker: Broker & { nodeId: number }, ...rest: unknown[]) => {
      asked.push(broker.nodeId);
      const answer = rest.at(-1) as (error: Error | null, response?: unknown) => void;
      if (leaders.length > 0) answer(new ProtocolError("NOT_LEADER_OR_FOLLOWER"));
      else answer(null, { topics: [{ name: "topic", partitions: [{ partitionIndex: 0, offset: 7n }] }] });
    };
    callback(null, api as never);
  };
  return consumer;
}

describe("a member of a group", () => {
  it("looks the leaders up anew until one tells where to read on", async () => {
    const asked: number[] = [];
    const consumer = consumerOf(asked, [1, 2, 3, 4]);
    const offsets = await new Promise((resolve, reject) =>
      consumer.listOffsets({ topics: ["topic"], timestamp: -2n }, (error, found) =>
        error ? reject(error) : resolve(found),
      ),
    );
    expect(offsets).to.deep.equal(new Map([["topic", [7n]]]));
    expect(asked).to.deep.equal([1, 2, 3, 4]);
    await consumer.close(true);
  });
});
