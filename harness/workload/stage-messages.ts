import { z } from "zod";
import { type StageMessage, stageMessagesRead } from "../history/stage-message-operations.ts";
import { EnvironmentError, messageOf, UsageError } from "../util/errors.ts";
import { until } from "../util/until.ts";
import { PlatformaticReader, type RawRecord } from "./kafka/platformatic-reader.ts";
import type { RunningWorkload, Workload, WorkloadContext } from "./workload.ts";

/** A topic of the service. */
export interface ServiceTopic {
  readonly name: string;
  readonly partitions: number;
}

/** What is read of a topic; a seam for tests. */
export interface TopicReader extends AsyncDisposable {
  /** The offset of the first record that is still there, by partition. */
  starts(): Promise<readonly number[]>;
  /** The offset after the last record, by partition. */
  ends(): Promise<readonly number[]>;
  records(partition: number, from: number): Promise<readonly RawRecord[]>;
}

/** How long the reading of one partition may take. */
const within = "30s";

const body = z.object({ recordingId: z.string() });
const ordinal = z.coerce.number().int();

/**
 * Drives nothing; in the end it reads the service's topics from their beginnings, by fresh clients without a group, and records
 * which messages of which recordings lie where. For `mixed` with what drives the service; judged by the checker `messages`.
 */
export function stageMessages(topics: readonly ServiceTopic[]): Workload<Record<string, never>> {
  if (topics.length === 0) throw new UsageError("stageMessages: name at least one topic");
  return {
    name: "stage-messages",
    description: `in the end, what is in ${topics.length} topics of the service`,
    start: (context) => {
      if (context.load.kafka.length === 0) throw new UsageError("stageMessages: the topology has no Kafka");
      return new StageMessages(topics, context, ({ name, partitions }) =>
        readerOf(context, name, partitions),
      );
    },
  };
}

const readerOf = ({ load }: WorkloadContext, topic: string, partitions: number): TopicReader =>
  new PlatformaticReader(
    {
      ...{ clientId: "load", groupId: `${topic}-final`, bootstrapBrokers: [...load.kafka] },
      ...{ connectTimeout: 1_000, requestTimeout: 3_000, timeout: 3_000, retries: 3 },
    },
    topic,
    partitions,
  );

/** The workload under way, over any reader of topics. */
export class StageMessages implements RunningWorkload<Record<string, never>> {
  readonly #topics: readonly ServiceTopic[];
  readonly #context: WorkloadContext;
  readonly #readerOf: (topic: ServiceTopic) => TopicReader;

  constructor(
    topics: readonly ServiceTopic[],
    context: WorkloadContext,
    openReader: (topic: ServiceTopic) => TopicReader,
  ) {
    this.#topics = topics;
    this.#context = context;
    this.#readerOf = openReader;
  }

  stop(): void {}
  async drained(): Promise<void> {}
  async finished(): Promise<void> {}
  stats(): Record<string, never> {
    return {};
  }
  async [Symbol.asyncDispose](): Promise<void> {}

  /** @throws EnvironmentError naming the topic that could not be read to its end: then nothing can be said of it. */
  async finalReads(): Promise<void> {
    await Promise.all(this.#topics.map((topic) => this.#readTopic(topic)));
  }

  async #readTopic(topic: ServiceTopic): Promise<void> {
    const { history, clock, signal } = this.#context;
    await using reader = this.#readerOf(topic);
    const read = history.invoke({ f: stageMessagesRead, key: topic.name, process: history.newProcess() });
    try {
      const ends = await until(() => reader.ends(), `the ends of ${topic.name} are known`, clock)
        .every("500ms")
        .unless(signal)
        .atMost(within);
      // Of a topology that another run had before, the first records are gone: offsets go on.
      const starts = await reader.starts();
      const partitions = ends.map((end, partition) =>
        this.#readPartition(reader, partition, { start: starts[partition] ?? 0, end }),
      );
      read.ok((await Promise.all(partitions)).flat());
    } catch (error) {
      read.fail(messageOf(error));
      throw new EnvironmentError(`${topic.name} could not be read to its end: ${messageOf(error)}`, {
        hint: "See the logs of the kafka nodes in the run's folder.",
        cause: error,
      });
    }
  }

  async #readPartition(
    reader: TopicReader,
    partition: number,
    { start, end }: { start: number; end: number },
  ): Promise<StageMessage[]> {
    const { clock, signal } = this.#context;
    const found: StageMessage[] = [];
    let next = start;
    const readOn = async () => {
      if (next >= end) return true;
      const records = await reader.records(partition, next);
      for (const record of records) found.push(...messageIn(record, partition));
      next = (records.at(-1)?.offset ?? next - 1) + 1;
      return next >= end;
    };
    await until(readOn, `partition ${partition} is read to ${end}`, clock)
      .every("20ms")
      .unless(signal)
      .atMost(within);
    return found;
  }
}

/** The message that a record is; none, when it is not the service's. */
function messageIn({ offset, value, headers }: RawRecord, partition: number): StageMessage[] {
  const parsed = body.safeParse(jsonOf(value));
  const version = ordinal.safeParse(headers.get("version"));
  const attempt = ordinal.safeParse(headers.get("attempt"));
  if (!parsed.success || !version.success || !attempt.success) return [];
  const createdAt = ordinal.safeParse(headers.get("created-at"));
  return [
    {
      ...{ partition, offset, id: parsed.data.recordingId, version: version.data, attempt: attempt.data },
      ...(createdAt.success ? { createdAt: createdAt.data } : {}),
    },
  ];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
