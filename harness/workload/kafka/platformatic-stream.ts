import type { Consumer, Message } from "@platformatic/kafka";
import type { PollBuffer } from "./poll-buffer.ts";

/** A record as a consumer with string deserializers is given it. */
export type StringMessage = Message<string, string, string, string>;

/**
 * Joins the group and reads the topic from where the group stands, from the first record when it stands nowhere. A stream that
 * fails or ends has broken the member off.
 * @throws (rejects) what the library says when it could not join.
 */
export function readTopic(
  consumer: Consumer<string, string, string, string>,
  topic: string,
  buffer: PollBuffer,
  onMessage: (message: StringMessage) => void,
): Promise<void> {
  const topics = [topic];
  // By the callback: the stream of a member that was closed while it joined fails before a promise's reader could listen.
  return new Promise((resolve, reject) => {
    consumer.consume({ topics, mode: "committed", fallbackMode: "earliest" }, (error, stream) => {
      if (!stream) {
        reject(error);
        return;
      }
      stream.on("error", (failure) => buffer.fail(failure));
      stream.on("close", () => buffer.fail(new Error("the stream of messages closed")));
      stream.on("data", onMessage);
      resolve();
    });
  });
}
