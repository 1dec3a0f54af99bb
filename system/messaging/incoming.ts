import type { Message } from "@platformatic/kafka";
import type { IncomingMessage } from "./messaging.ts";

/** A message as kafkajs, and confluent's client in its manner, hand it over. */
export interface RawMessage {
  readonly offset: string;
  readonly key?: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
}

/** The message as text; of several headers of one name the first. */
export function fromRaw(topic: string, partition: number, message: RawMessage): IncomingMessage {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    const single = Array.isArray(value) ? value[0] : value;
    if (single !== undefined) headers[name] = single.toString();
  }
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key?.toString("utf8") ?? "",
    value: message.value?.toString("utf8") ?? "",
    headers,
  };
}

/** A message as @platformatic/kafka hands it over. */
export function fromPlatformatic({
  topic,
  partition,
  offset,
  key,
  value,
  headers,
}: Message<string, string, string, string>): IncomingMessage {
  return {
    topic,
    partition,
    offset,
    key: key ?? "",
    value: value ?? "",
    headers: Object.fromEntries(headers),
  };
}
