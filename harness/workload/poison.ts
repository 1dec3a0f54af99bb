import { Admin, type BaseOptions, Producer } from "@platformatic/kafka";
import { groupPosition, poisoned } from "../history/poison-operations.ts";
import { milliseconds } from "../util/duration.ts";
import { messageOf, UsageError } from "../util/errors.ts";
import { TimeoutError, until } from "../util/until.ts";
import { type Arrival, assertRate, OpenLoop } from "./open-loop.ts";
import type { RunningWorkload, Workload, WorkloadContext } from "./workload.ts";

export interface PoisonOptions {
  /** Malformed records a second. */
  readonly rate: number;
  /** Where they are put, in turn. */
  readonly topics: readonly string[];
  /** The consumer group that has to go on past them. */
  readonly group: string;
}

export type PoisonStats = Readonly<{ sent: number; failed: number }>;

interface Malformed {
  readonly kind: string;
  readonly value?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const wellFormed = { version: "1", attempt: "0" };
const ofNobody = Buffer.from('{"recordingId":"01BX5ZZKBKACTAV9WEVGEMMVS0"}');

/** What a record can be that a program did not expect. */
export const malformed: readonly Malformed[] = [
  { kind: "empty", value: Buffer.alloc(0), headers: wellFormed },
  { kind: "null (a tombstone)", headers: wellFormed },
  { kind: "no JSON", value: Buffer.from('{"recordingId":'), headers: wellFormed },
  { kind: "other JSON", value: Buffer.from('["recordingId"]'), headers: wellFormed },
  { kind: "binary", value: Buffer.from([0xff, 0x00, 0xfe, 0x80]), headers: wellFormed },
  { kind: "headerless", value: ofNobody },
  { kind: "of a version that is no number", value: ofNobody, headers: { version: "two", attempt: "0" } },
  { kind: "of nobody", value: ofNobody, headers: wellFormed },
  { kind: "large", value: Buffer.alloc(500_000, "x"), headers: wellFormed },
];

/** The k-th malformed record, and the topic that it is for: each kind comes to each topic in turn. */
export function poisonAt(number: number, topics: readonly string[]): Malformed & { readonly topic: string } {
  const record = malformed[number % malformed.length] ?? { kind: "empty" };
  const round = Math.floor(number / malformed.length);
  return { ...record, topic: topics[(number + round) % topics.length] ?? "" };
}

const drainMs = milliseconds("20s");

/**
 * Puts malformed records into topics of the service (`poison`), each kind in turn; in the end asks how far the group has come
 * (`group-position`). For `mixed` with what drives the service; judged by the checker `passed-over`.
 * @throws UsageError for settings that make no sense.
 */
export function poison({ rate, topics, group }: PoisonOptions): Workload<PoisonStats> {
  assertRate("poison", rate);
  if (topics.length === 0) throw new UsageError("poison: name at least one topic");
  return {
    name: "poison",
    description: `${rate} malformed records a second in ${topics.join(", ")}`,
    start: (context) => {
      if (context.load.kafka.length === 0) throw new UsageError("poison: the topology has no Kafka");
      return new RunningPoison({ rate, topics, group }, context);
    },
  };
}

class RunningPoison implements RunningWorkload<PoisonStats> {
  readonly #options: PoisonOptions;
  readonly #context: WorkloadContext;
  readonly #base: BaseOptions;
  readonly #producer: Producer<Buffer, Buffer, string, string>;
  readonly #loop: OpenLoop;
  /** The last offset in each partition. */
  readonly #last = new Map<string, number>();
  readonly #counts = { sent: 0, failed: 0 };
  #process: number;

  constructor(options: PoisonOptions, context: WorkloadContext) {
    this.#options = options;
    this.#context = context;
    this.#process = context.history.newProcess();
    this.#base = {
      ...{ clientId: "load", bootstrapBrokers: [...context.load.kafka] },
      ...{ connectTimeout: 1_000, requestTimeout: 3_000, timeout: 3_000, retries: 3 },
    };
    this.#producer = new Producer({ ...this.#base, idempotent: true });
    this.#producer.on("error", () => {}); // the send that meets it rejects
    this.#loop = new OpenLoop(context, {
      ...{ rate: options.rate, clients: 1, drainMs },
      serve: (arrival) => this.#put(arrival),
    });
    this.#loop.start();
  }

  stop(): void {
    this.#loop.stop();
  }

  async drained(): Promise<void> {
    await this.#loop.drained();
  }

  /** Waits until the group has gone past all of them, or for the drain time; then notes where it is. */
  async finalReads(): Promise<void> {
    const { history, clock, signal } = this.#context;
    await using stack = new AsyncDisposableStack();
    const admin = stack.adopt(new Admin(this.#base), (one) => one.close());
    const position = history.invoke({ f: groupPosition, process: history.newProcess() });
    let positions: Record<string, number> = {};
    const isPast = async () => {
      positions = await this.#positions(admin);
      return [...this.#last].every(([partition, offset]) => (positions[partition] ?? 0) > offset);
    };
    try {
      await until(isPast, `${this.#options.group} is past every malformed record`, clock)
        .every("500ms")
        .unless(signal)
        .atMost(`${drainMs}ms`);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error; // the checker tells what it stands before
    }
    position.ok(positions);
  }

  stats(): PoisonStats {
    return this.#counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    await this.#producer.close(true);
  }

  async #put({ number, intended }: Arrival): Promise<void> {
    const { history } = this.#context;
    const { topics } = this.#options;
    const { topic, kind, value, headers } = poisonAt(number, topics);
    const put = history.invoke({ f: poisoned, process: this.#process, value: { topic, kind }, intended });
    try {
      const message = {
        topic,
        key: Buffer.from(`poison-${number}`),
        ...(value && { value }),
        ...(headers && { headers }),
      };
      const { offsets } = await this.#producer.send({ messages: [message] });
      const at = offsets?.[0];
      if (at === undefined) throw new Error("the broker does not tell the offset");
      const [partition, offset] = [`${topic}-${at.partition}`, Number(at.offset)];
      this.#last.set(partition, Math.max(offset, this.#last.get(partition) ?? -1));
      put.ok({ partition, offset, kind });
      this.#counts.sent++;
    } catch (error) {
      put.info(messageOf(error));
      this.#process = history.newProcess();
      this.#counts.failed++;
    }
  }

  async #positions(admin: Admin): Promise<Record<string, number>> {
    const groups = await admin.listConsumerGroupOffsets({ groups: [this.#options.group] });
    return Object.fromEntries(
      groups.flatMap(({ topics }) =>
        topics.flatMap(({ name, partitions }) =>
          partitions.map(
            ({ partitionIndex, committedOffset }) =>
              [`${name}-${partitionIndex}`, Number(committedOffset)] as const,
          ),
        ),
      ),
    );
  }
}
