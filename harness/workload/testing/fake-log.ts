import {
  type Batch,
  type GroupMember,
  type LogClient,
  type LogProducer,
  type LogReader,
  SendRefused,
} from "../kafka/client.ts";
import { PollBuffer } from "../kafka/poll-buffer.ts";

/** What becomes of a send: written and acknowledged, acknowledged and lost, written without an answer, refused, or never answered. */
export type SendFate = "ack" | "lost" | "lost-answer" | "refused" | "silence";

/** A topic in memory. */
export class FakeLog implements LogClient {
  /** By offset; undefined: what was there is lost. */
  readonly partitions: (number | undefined)[][] = [];
  readonly members: FakeMember[] = [];
  producers = 0;
  closed = 0;
  fate: (value: number) => SendFate = () => "ack";
  /** What the readers are shown instead of the truth, by partition. */
  hidden = new Set<number>();

  async createTopic(_topic: string, partitions: number): Promise<void> {
    for (let partition = 0; partition < partitions; partition++) this.partitions.push([]);
  }

  producer(): LogProducer {
    this.producers++;
    const producer: LogProducer = {
      sendBatch: (topic, records) =>
        Promise.all(records.map(({ partition, value }) => producer.send(topic, partition, value))),
      send: async (_topic, partition, value) => {
        const fate = this.fate(value);
        if (fate === "refused") throw new SendRefused("too large");
        if (fate === "silence") return new Promise<never>(() => {});
        const log = this.partitions[partition] ?? [];
        if (fate === "lost") return log.push(undefined) - 1;
        log.push(value);
        for (const { buffer } of this.members) buffer.push({ partition, offset: log.length - 1, value });
        if (fate === "lost-answer") throw new Error("connection closed");
        return log.length - 1;
      },
      [Symbol.asyncDispose]: async () => {
        this.closed++;
      },
    };
    return producer;
  }

  member(): GroupMember {
    const member = new FakeMember();
    this.members.push(member);
    return member;
  }

  reader(): LogReader {
    return {
      ends: async () => this.partitions.map((log) => log.length),
      read: async (partition, from) => {
        const records = (this.partitions[partition] ?? []).flatMap((value, offset) =>
          value === undefined ? [] : [{ partition, offset, value }],
        );
        return this.hidden.has(partition) ? [] : records.filter(({ offset }) => offset >= from).slice(0, 2);
      },
      [Symbol.asyncDispose]: async () => {},
    };
  }
}

/** A member that gets everything. */
export class FakeMember implements GroupMember {
  readonly buffer = new PollBuffer();
  commits = 0;

  async join(): Promise<void> {}

  poll(signal: AbortSignal): Promise<Batch> {
    return this.buffer.poll(signal);
  }

  async commit(): Promise<void> {
    this.commits++;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
