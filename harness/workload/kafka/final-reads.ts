import type { History } from "../../history/recorder.ts";
import type { Clock } from "../../util/clock.ts";
import { EnvironmentError, messageOf } from "../../util/errors.ts";
import { until } from "../../util/until.ts";
import type { LogClient } from "./client.ts";
import { polledValue } from "./recorded-consumer.ts";
import type { LogRecords } from "./records.ts";

/** How long the reading of one partition may take. */
const within = "60s";

/**
 * Reads every partition from its beginning to its end, each by a fresh process that assigned it to itself. Without that
 * nothing can be said to be lost, so a partition that cannot be read to its end ends the run.
 * @throws EnvironmentError naming the partition and how far it was read.
 */
export async function readLogFinally(
  {
    client,
    history,
    clock,
    signal,
    records: shownAs,
  }: { client: LogClient; history: History; clock: Clock; signal: AbortSignal; records?: LogRecords },
  topic: string,
  partitions: number,
): Promise<void> {
  await using reader = client.reader(topic, partitions);
  const ends = await until(() => reader.ends(), `the ends of ${topic} are known`, clock)
    .every("500ms")
    .unless(signal)
    .atMost(within);
  for (const [partition, end] of ends.entries()) {
    const key = `${topic}-${partition}`;
    const process = history.newProcess();
    history.invoke({ f: "assign", process, value: [key] }).ok([key]);
    let next = 0;
    const readOn = async () => {
      const poll = history.invoke({ f: "poll", process });
      try {
        const records = await reader.read(partition, next);
        poll.ok(polledValue(topic, { rebalance: false, records }, shownAs));
        next = (records.at(-1)?.offset ?? next - 1) + 1;
      } catch (error) {
        poll.fail(messageOf(error));
        throw error;
      }
      return next >= end;
    };
    // Once at least: an empty partition was looked at, too.
    await until(readOn, `${key} is read to its end`, clock)
      .every("20ms")
      .unless(signal)
      .atMost(within)
      .catch((error: unknown) => {
        throw new EnvironmentError(
          `the final read of ${key} came to offset ${next} of ${end}: ${messageOf(error)}`,
          {
            hint: "Nothing can be said about what was lost. See the logs of the kafka nodes in the run's folder.",
            cause: error,
          },
        );
      });
  }
}
