import type { Client } from "./client.ts";
import type { Partition } from "./partition.ts";

/**
 * Whether a process did the final reads of a partition: whatever was acknowledged and it did not see will not be seen.
 *
 * Either its first poll with records of the partition was invoked after the last acknowledgement of a send to it, and
 * began at the lowest offset that any poll saw there. Or nobody ever polled anything there, and it had assigned itself
 * the partition and polled after that acknowledgement. The rule needs no phases, so it holds for anyone's history.
 */
export function isFinalReader(client: Client, partition: Partition): boolean {
  const first = client.firstReads.get(partition);
  if (first !== undefined)
    return first.invokePlace > partition.lastAckPlace && first.offset === partition.lowestPolled;
  return (
    partition.polled === 0 &&
    client.assigned.has(partition.name) &&
    client.lastPollInvokePlace > partition.lastAckPlace
  );
}
