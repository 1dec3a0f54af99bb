import { compatibilityPartitioner } from "@platformatic/kafka";

/** The partition of a key, as Kafka's own clients choose it (murmur2), so that all adapters agree. */
export function partitionOf(key: string, partitions: number): number {
  const bytes = Buffer.from(key);
  return compatibilityPartitioner({ topic: "", key: bytes, value: bytes }, bytes) % partitions;
}
