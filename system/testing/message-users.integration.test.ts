// Not a test itself: named like one because only tests may use the harness from here (.dependency-cruiser.cjs).
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Kafka, logLevel } from "kafkajs";
import { until } from "../../harness/util/until.ts";
import type { Address, KafkaConfig } from "../config.ts";
import { loadConfluent } from "../messaging/confluent-library.ts";
import { createMessaging } from "../messaging/create.ts";
import type { MessagingHooks } from "../messaging/hooks.ts";
import type {
  IncomingMessage,
  MessageHandler,
  Messaging,
  OutgoingMessage,
  Subscription,
} from "../messaging/messaging.ts";
import type { PublishDeadlines } from "../messaging/settings.ts";
import { type ConsumerReport, type ConsumerTask, consumerReport } from "./consumer-task.ts";
import { quietHooks } from "./quiet-hooks.ts";
import { silent, uniqueName } from "./servers.integration.test.ts";

export type Client = KafkaConfig["client"];

/** Why the optional client cannot be used here; undefined where it is installed. */
export const confluentMissing: Error | undefined = await loadConfluent().then(
  () => undefined,
  (error: Error) => error,
);

/** Those that can be tested here. */
export const installedClients: readonly Client[] = [
  "platformatic",
  "kafkajs",
  ...(confluentMissing ? [] : (["confluent"] as const)),
];

/** Short enough for tests that wait for a refusal. */
const testDeadlines: PublishDeadlines = { publishMs: 4_000, stuckMs: 8_000 };

/** The users of a broker in a test: what they make is undone when it is disposed of. */
export class MessageUsers implements AsyncDisposable {
  readonly #brokers: () => readonly Address[];
  readonly #resources = new AsyncDisposableStack();

  constructor(brokers: () => readonly Address[]) {
    this.#brokers = brokers;
  }

  kafka(client: Client): KafkaConfig {
    return { client, brokers: this.#brokers(), acks: "all", idempotent: true };
  }

  async connect(client: Client, hooks: Partial<MessagingHooks> = {}): Promise<Messaging> {
    const options = {
      config: this.kafka(client),
      clientId: uniqueName("test"),
      logger: silent,
      hooks: { ...quietHooks, ...hooks },
    };
    const messaging = await createMessaging(options, testDeadlines);
    // The test failed meanwhile: a client that nobody closes keeps the tests' process alive.
    if (this.#resources.disposed) await messaging[Symbol.asyncDispose]();
    return this.#resources.use(messaging);
  }

  /** A member of a group: what it has handled, in order. It is a member when this resolves. */
  async join(
    messaging: Messaging,
    group: string,
    topics: string | readonly string[],
    handler?: MessageHandler,
  ): Promise<Member> {
    const handled: IncomingMessage[] = [];
    const subscription = await messaging.subscribe({
      group,
      topics: [topics].flat(),
      handler: async (message, signal) => {
        await handler?.(message, signal);
        handled.push(message);
      },
    });
    const member = new Member(subscription, handled);
    this.#resources.defer(() => member.leave());
    await until(() => subscription.joined(), "the consumer has joined its group").atMost("20s");
    return member;
  }

  /** How many messages of a topic a group has committed, as the brokers know it; asks the last of them first. */
  async committed(group: string, topic: string): Promise<number> {
    const brokers = this.#brokers().map(({ host, port }) => `${host}:${port}`);
    const admin = new Kafka({ brokers: brokers.toReversed(), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      const offsets = (found?.partitions ?? []).map(({ offset }) => Number(offset));
      return offsets.filter((offset) => offset > 0).reduce((sum, offset) => sum + offset, 0);
    } finally {
      await admin.disconnect();
    }
  }

  /** A member of a group in a process of its own. */
  async startProcess(task: ConsumerTask): Promise<ConsumerProcess> {
    const child = this.#resources.use(new ConsumerProcess());
    await child.tell(task);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

export class Member {
  readonly handled: IncomingMessage[];
  readonly #subscription: Subscription;
  #left: Promise<void> | undefined;

  constructor(subscription: Subscription, handled: IncomingMessage[]) {
    this.#subscription = subscription;
    this.handled = handled;
  }

  get joined(): boolean {
    return this.#subscription.joined();
  }

  values(): string[] {
    return this.handled.map(({ value }) => value);
  }

  /** Leaves the group; once. */
  leave(): Promise<void> {
    this.#left ??= Promise.resolve(this.#subscription[Symbol.asyncDispose]());
    return this.#left;
  }
}

export class ConsumerProcess implements Disposable {
  readonly reports: ConsumerReport[] = [];
  readonly #child: ChildProcess;

  constructor() {
    const file = fileURLToPath(new URL("./consumer-process.ts", import.meta.url));
    this.#child = fork(file, { stdio: "ignore" });
    this.#child.on("message", (report) => this.reports.push(consumerReport.parse(report)));
  }

  /** What it has told of one kind. */
  told(kind: ConsumerReport["kind"]): string[] {
    return this.reports.filter((report) => report.kind === kind).map(({ what }) => what);
  }

  async tell(message: object): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      this.#child.send(message, (error) => (error ? reject(error) : resolve())),
    );
  }

  signal(name: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(name);
  }

  [Symbol.dispose](): void {
    this.signal("SIGKILL");
  }
}

export async function newTopic(messaging: Messaging, partitions: number): Promise<string> {
  const topic = uniqueName("topic");
  await messaging.ensureTopics([{ name: topic, partitions }]);
  return topic;
}

export function message(topic: string, parts: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { topic, key: "key", value: "value", headers: {}, ...parts };
}
