import {
  Admin,
  Consumer,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from "@platformatic/kafka";

const TOPIC = "warm-up";

/** Lets a broker do once what a run will ask of it: create a topic, take a record, serve a consumer group. */
export async function exerciseBroker(address: string): Promise<void> {
  const common = { clientId: "warm-up", bootstrapBrokers: [address], connectTimeout: 5_000, timeout: 10_000 };
  const admin = new Admin(common);
  const producer = new Producer({ ...common, idempotent: true, serializers: stringSerializers });
  const consumer = new Consumer({ ...common, groupId: "warm-up", deserializers: stringDeserializers });
  try {
    await admin.createTopics({ topics: [TOPIC], partitions: 1, replicas: 1 });
    await producer.send({ messages: [{ topic: TOPIC, key: "k", value: "v" }] });
    const stream = await consumer.consume({ topics: [TOPIC], mode: MessagesStreamModes.EARLIEST });
    for await (const message of stream) {
      await message.commit();
      break;
    }
  } finally {
    await Promise.allSettled([consumer.close(true), producer.close(), admin.close()]);
  }
}
