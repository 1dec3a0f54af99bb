import { type Connection, createAPI, type Reader, Writer } from "@platformatic/kafka";

const preferred = 0;

/** ElectLeaders, which the client library lacks: https://kafka.apache.org/protocol#The_Messages_ElectLeaders (version 2). */
const electLeadersV2 = createAPI<[timeoutMs: number], { errorCode: number }>(
  43,
  2,
  (timeoutMs: number) =>
    Writer.create()
      .appendInt8(preferred)
      .appendArray(null, () => {}) // of all topics
      .appendInt32(timeoutMs)
      .appendTaggedFields(),
  (_correlationId: number, _apiKey: number, _apiVersion: number, reader: Reader) => {
    reader.readInt32(); // throttle time
    return { errorCode: reader.readInt16() }; // what became of each partition is seen in the metadata
  },
);

/**
 * Makes the first replica of every partition its leader, where that is in sync. Any broker passes it on to the controller.
 * @throws Error when the request as a whole is refused.
 */
export async function electPreferredLeaders(connection: Connection, timeoutMs: number): Promise<void> {
  const { errorCode } = await electLeadersV2.async(connection, timeoutMs);
  if (errorCode !== 0)
    throw new Error(`the election of the preferred leaders was refused: error ${errorCode}`);
}
