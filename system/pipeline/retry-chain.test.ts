import { expect } from "chai";
import fc from "fast-check";
import { messageHeaders } from "../contract/messages.ts";
import { deadLetterTopics, type RetryTopology, retryTopicOf, stageTopics } from "../contract/topics.ts";
import { longestDelayMs } from "../domain/retry.ts";
import type { IncomingMessage } from "../messaging/messaging.ts";
import { type JobState, ProviderError } from "../provider/speech-provider.ts";
import { DatabaseUnavailable, type Queryable } from "../storage/database.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { stageMessage } from "./messages.ts";
import { OneRow, outboxOf, type WrittenMessage } from "./testing/one-row.ts";
import { UpstreamStage } from "./upstream-stage.ts";
import { WorkLimit } from "./work-limit.ts";

const delayMs = 2_000;
const attempts = 6;
const metrics = createMetrics("test");
const logger = createLogger("test", "silent");

/** What the upstream makes of a call. */
type Answer =
  | { readonly kind: "working" | "permanent" | "done" }
  | { readonly kind: "transient"; readonly retryAfterMs?: number | undefined };

/** What becomes of a transaction: the answer to the commit can be lost before or after it took effect. */
type Commit = "ok" | "lost-before" | "lost-after";

interface Plan {
  readonly answers: readonly Answer[];
  readonly commits: readonly Commit[];
  /** For each delivery: which of the waiting messages, in how many copies at once, and whether it comes again. */
  readonly deliveries: readonly { readonly pick: number; readonly copies: 1 | 2; readonly again: boolean }[];
  readonly layout: RetryTopology["layout"];
  readonly requeues: number;
}

const answer: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({ kind: fc.constantFrom("working" as const, "permanent" as const, "done" as const) }),
  fc.record({
    kind: fc.constant("transient" as const),
    retryAfterMs: fc.option(fc.nat(longestDelayMs * 2), { nil: undefined }),
  }),
);
const plan: fc.Arbitrary<Plan> = fc.record({
  answers: fc.array(answer, { maxLength: 20 }),
  commits: fc.array(fc.constantFrom<Commit>("ok", "ok", "lost-before", "lost-after"), { maxLength: 20 }),
  deliveries: fc.array(
    fc.record({ pick: fc.nat(50), copies: fc.constantFrom(1 as const, 2 as const), again: fc.boolean() }),
    { maxLength: 30 },
  ),
  layout: fc.constantFrom("single" as const, "per-attempt" as const),
  requeues: fc.nat(2),
});

/** A message on its way, and when it can arrive at the earliest. */
interface InFlight {
  readonly message: IncomingMessage;
  readonly from: number;
}

/**
 * One recording in a world in which time is a number, commits get lost, every message may come twice, also at the same
 * moment to two instances, and no lock keeps them apart (Redis is away).
 */
class World {
  now = 1_000_000;
  readonly table = new OneRow();
  /** Committed outbox rows, in order. */
  readonly outbox: WrittenMessage[] = [];
  readonly calls: { readonly attempt: number; readonly at: number; readonly answer: Answer }[] = [];
  readonly inFlight: InFlight[] = [];
  readonly #plan: Plan;
  readonly #scheduler: fc.Scheduler;
  readonly #stage: UpstreamStage;
  #commits = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(given: Plan, scheduler: fc.Scheduler) {
    this.#plan = given;
    this.#scheduler = scheduler;
    this.#stage = new UpstreamStage(
      {
        stage: "processing",
        rid: () => "rid",
        submit: async () => "rid",
        poll: () => this.#poll(),
        submitted: () => ({}),
        finished: () => ({ to: "SUMMARIZING", findings: {} }),
        next: (row) => [stageMessage("summarizing", row)],
      },
      {
        database: { query: outboxOf(() => {}).query, transaction: (work) => this.#inTurn(work) },
        transcriptions: this.table,
        cache: { moment: () => 0, put: async () => {} },
        locks: { withLock: (_id, work) => work(new AbortController().signal) },
        clock: {
          now: () => this.now,
          sleep: async (ms) => {
            this.now += ms;
          },
        },
        retry: { delayMs, attempts, layout: given.layout },
        limit: new WorkLimit("upstream", 2, metrics),
        logger,
        metrics,
      },
    );
    this.send(stageMessage("processing", this.table.row));
  }

  send({ topic, headers, holdMs = 0 }: Omit<WrittenMessage, "holdMs"> & { holdMs?: number }): void {
    const value = JSON.stringify({ recordingId: this.table.row.id });
    const message = { topic, partition: 0, offset: 0n, key: this.table.row.id, value, headers };
    this.inFlight.push({ message, from: this.now + holdMs });
  }

  /** Hands a message over, in copies at once. It stays on its way unless it was acknowledged. */
  async deliver({ pick, copies, again }: Plan["deliveries"][number]): Promise<void> {
    const [taken] = this.inFlight.splice(pick % this.inFlight.length, 1);
    if (!taken) return;
    this.now = Math.max(this.now, taken.from);
    const { signal } = new AbortController();
    const handle = this.#stage.retryHandler();
    const handled = await this.#scheduler.waitFor(
      Promise.allSettled(Array.from({ length: copies }, () => handle(taken.message, signal))),
    );
    if (again || handled.some(({ status }) => status === "rejected")) this.inFlight.push(taken);
  }

  async #poll(): Promise<JobState<string>> {
    const { attempt } = this.table.row;
    const given = this.#plan.answers[this.calls.length] ?? { kind: "done" };
    this.calls.push({ attempt, at: this.now, answer: given });
    await this.#scheduler.schedule(Promise.resolve());
    switch (given.kind) {
      case "done":
        return { done: true, result: "text" };
      case "working":
        return { done: false };
      case "permanent":
        throw new ProviderError("404", false);
      case "transient":
        throw new ProviderError("429", true, { retryAfterMs: given.retryAfterMs });
    }
  }

  /** Transactions of one row take turns, as its lock makes them do, but the order of their turns is anyone's guess. */
  async #inTurn<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    await this.#scheduler.schedule(Promise.resolve());
    const turn = this.#turn.then(() => this.#transaction(work));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    const commit = this.#plan.commits[this.#commits++] ?? "ok";
    const { row } = this.table;
    const written: WrittenMessage[] = [];
    const result = await work(outboxOf((message) => void written.push(message)));
    if (commit === "lost-before") this.table.row = row;
    else {
      this.outbox.push(...written);
      for (const message of written) if (message.topic.includes("processing")) this.send(message);
    }
    if (commit !== "ok") throw new DatabaseUnavailable(new Error("the connection broke"));
    return result;
  }
}

const wantedDelay = (given: Answer): number =>
  given.kind === "transient" ? Math.max(delayMs, Math.min(given.retryAfterMs ?? 0, longestDelayMs)) : delayMs;

const isDeadLetter = ({ topic }: WrittenMessage) => topic === deadLetterTopics.processing;

/** What must hold of one life of the recording in the stage, from its first message to the last. */
function judgeLife(world: World, rows: readonly WrittenMessage[], calls: World["calls"], given: Plan): void {
  const last = rows.at(-1);
  if (!last) throw new Error("the chain was lost: nothing was ever written");
  const retries = rows.slice(0, -1);
  const numbers = retries.map(({ headers }) => Number(headers[messageHeaders.attempt]));
  expect(numbers, "one message an attempt: the chain did not fork").to.deep.equal(
    retries.map((_, index) => index + 1),
  );
  expect([deadLetterTopics.processing, stageTopics.summarizing], "it ends").to.include(last.topic);
  expect(retries.length, "calls within the limit").to.be.below(attempts);

  for (const { topic, headers } of retries) {
    const attempt = Number(headers[messageHeaders.attempt]);
    const due = Number(headers[messageHeaders.notBefore]);
    expect(topic).to.equal(retryTopicOf("processing", attempt, given.layout));
    const causes = calls.filter((call) => call.attempt === attempt - 1);
    expect(
      causes.some(({ at, answer: said }) => due === at + wantedDelay(said)),
      "due as the answer asked",
    ).to.equal(true);
    for (const call of calls) {
      if (call.attempt === attempt) expect(call.at, "not earlier than due").to.be.at.least(due);
    }
  }
  expect(world.table.row.version).to.be.greaterThan(4);
}

describe("a chain of retries", () => {
  it("is never lost, never forks, and makes no call before it is due, whatever fails and comes twice", async () => {
    await fc.assert(
      fc.asyncProperty(plan, fc.scheduler(), async (given, scheduler) => {
        const world = new World(given, scheduler);
        let judgedRows = 0;
        let judgedCalls = 0;
        let requeues = 0;
        const judge = () => {
          judgeLife(world, world.outbox.slice(judgedRows), world.calls.slice(judgedCalls), given);
          judgedRows = world.outbox.length;
          judgedCalls = world.calls.length;
        };
        for (let n = 0; world.inFlight.length > 0; n++) {
          await world.deliver(given.deliveries[n] ?? { pick: 0, copies: 1, again: false });
          const last = world.outbox.at(-1);
          if (last && isDeadLetter(last) && requeues < given.requeues && world.outbox.length > judgedRows) {
            // An administrator brings it back while messages of before may still be on their way.
            judge();
            requeues++;
            const { row } = world.table;
            world.table.row = { ...row, status: "PROCESSING", version: row.version + 1, attempt: 0 };
            world.send(stageMessage("processing", world.table.row));
          }
        }
        expect(world.table.row.status).to.be.oneOf(["SUMMARIZING", "FAILED"]);
        if (world.outbox.length > judgedRows) judge();
      }),
      { numRuns: 500 },
    );
  });
});
