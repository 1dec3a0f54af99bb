import type { HistoryEvent } from "../history/event.ts";
import { OperationPairer } from "../history/operations.ts";
import type { Budget } from "./budget.ts";
import { Client } from "./log/client.ts";
import { isFinalReader } from "./log/final-reads.ts";
import { Findings, logAnomalies } from "./log/findings.ts";
import { type Outcome, Partition, UnacknowledgedSends } from "./log/partition.ts";
import { keyOf } from "./log/value-ids.ts";
import { namesOf, polledValue, sentValue } from "./log/values.ts";
import { resultOf } from "./result.ts";
import { judgeAll } from "./stream.ts";
import type { Checker, CheckResult, StreamingCheck } from "./verdict.ts";

/**
 * Kafka's promises to its clients, per topic-partition: nothing acknowledged is lost, nothing is there twice, offsets
 * stand, consumers go forward without leaving anything out, and nothing is read that failed. Each anomaly is defined in
 * docs/checkers.md, section log; they are those of Jepsen's Kafka workload for single sends and polls.
 *
 * Streams: it holds some 100 bytes a value, so that histories of ten million events fit.
 */
export function log(): Checker {
  return {
    name: "log",
    check: (events, budget) => judgeAll(new LogCheck(budget), events),
    stream: (budget) => new LogCheck(budget),
  };
}

/** How many events, or records of polls, pass between two questions for the budget. */
const budgetStep = 4096;

class LogCheck implements StreamingCheck {
  readonly #budget: Budget | undefined;
  readonly #pairer = new OperationPairer();
  readonly #findings = new Findings();
  readonly #partitions = new Map<string, Partition>();
  readonly #clients = new Map<number, Client>();
  /** Sends that did not end ok, and do not say for which partition they were. */
  readonly #anywhere = new UnacknowledgedSends();
  readonly #counts = { sends: 0, failed: 0, unsure: 0, redelivered: 0 };
  /** How many events were added: the place of the next one. */
  #place = 0;
  #untilAsked = 0;
  #whySpent: string | undefined;
  #judged: Outcome | undefined;

  constructor(budget: Budget | undefined) {
    this.#budget = budget;
  }

  get spent(): boolean {
    return this.#whySpent !== undefined;
  }

  add(event: HistoryEvent): void {
    if (!this.spent) this.#askBudget(1);
    if (this.spent) return;
    const place = this.#place++;
    const operation = this.#pairer.add(event);
    const client = this.#clientOf(event.process);
    if (operation === undefined) client.invokePlace = place;
    else this.#complete(operation.invoke, event, client, place);
  }

  wanted(): ReadonlySet<number> {
    this.#judge();
    return this.#findings.places();
  }

  end(eventAt: (place: number) => HistoryEvent | undefined = () => undefined): CheckResult {
    const { lost, notSeen, unsureCommitted, neverSent } = this.#judge();
    const partitions = [...this.#partitions.values()];
    const acknowledged = sum(partitions, (partition) => partition.acknowledged);
    const polled = sum(partitions, (partition) => partition.polled);
    const totals = Object.fromEntries(logAnomalies.map((type) => [type, this.#findings.count(type)]));
    return resultOf("log", {
      anomalies: this.#findings.anomalies(eventAt),
      totals,
      gaps: [
        ...(this.#whySpent === undefined ? [] : [`gave up after ${this.#place} events: ${this.#whySpent}`]),
        ...(acknowledged === 0 ? ["no send was acknowledged"] : []),
        ...(polled === 0 ? ["nothing was polled"] : []),
        ...(notSeen === 0
          ? []
          : [
              `${notSeen} acknowledged values lie above all that was polled, and no final polls looked for them`,
            ]),
      ],
      passedReason: `all ${acknowledged} acknowledged values were polled, each at its own offset and in order`,
      counts: {
        sends: this.#counts.sends,
        acknowledged,
        failed: this.#counts.failed,
        info: this.#counts.unsure,
        "info, polled": unsureCommitted,
        polled,
        redelivered: this.#counts.redelivered,
        "polled, never sent": neverSent,
        lost,
        duplicates: this.#findings.count("duplicate"),
        ...totals,
      },
    });
  }

  #complete(invoke: HistoryEvent, completion: HistoryEvent, client: Client, place: number): void {
    const ok = completion.type === "ok";
    switch (invoke.f) {
      case "send":
        this.#counts.sends++;
        if (ok) this.#acknowledge(invoke, completion, client, place);
        else this.#notAcknowledged(invoke, completion, place);
        break;
      case "poll":
        if (ok) this.#poll(completion, client, place);
        break;
      case "assign":
        if (ok) client.assign(namesOf(completion, invoke));
        break;
      case "subscribe":
        if (ok) client.subscribe(namesOf(completion, invoke));
        break;
    }
    if (completion.type === "info") this.#clients.delete(completion.process); // it never acts again
  }

  #acknowledge(invoke: HistoryEvent, ok: HistoryEvent, client: Client, place: number): void {
    const { partition: name, offset, value } = sentValue(ok, invoke);
    const partition = this.#partitionOf(name);
    partition.acknowledge(offset, keyOf(value), place);
    if (offset === undefined) return;
    const last = client.lastSends.get(partition);
    if (last !== undefined && last.offset >= offset) {
      this.#findings.add(
        "nonmonotonic-send",
        [last.place, place],
        () => `process ${ok.process} sent to offset ${offset} of ${name} after it had to ${last.offset}`,
      );
    }
    client.lastSends.set(partition, { offset, place });
  }

  #notAcknowledged(invoke: HistoryEvent, completion: HistoryEvent | undefined, place: number): void {
    const name = completion?.key ?? invoke.key;
    const sends = name === undefined ? this.#anywhere : this.#partitionOf(name).sends;
    const failed = completion?.type === "fail";
    this.#counts[failed ? "failed" : "unsure"]++;
    sends[failed ? "failed" : "unsure"].add(keyOf(invoke.value), place);
  }

  #poll(ok: HistoryEvent, client: Client, place: number): void {
    const { rebalance, records } = polledValue(ok);
    if (rebalance) client.positions.clear();
    client.lastPollInvokePlace = client.invokePlace;
    client.lastPollPlace = place;
    for (const [name, ofPartition] of records) {
      const [first] = ofPartition;
      if (first === undefined) continue;
      this.#askBudget(ofPartition.length);
      const partition = this.#partitionOf(name);
      if (!client.firstReads.has(partition))
        client.firstReads.set(partition, { offset: first[0], invokePlace: client.invokePlace });
      this.#read(partition, ofPartition, client, ok.process, place);
    }
  }

  /** Takes what a poll read of one partition, and judges the consumer's way through it. */
  #read(
    partition: Partition,
    records: readonly (readonly [number, unknown])[],
    client: Client,
    process: number,
    place: number,
  ): void {
    let position = client.positions.get(partition);
    for (const [offset, value] of records) {
      const again = partition.poll(offset, keyOf(value), place);
      if (position === undefined) {
        position = { last: offset, highest: offset, place };
        client.positions.set(partition, position);
        if (again) this.#counts.redelivered++;
        continue;
      }
      const { last, highest, place: before } = position;
      if (offset <= last) {
        if (position.jump !== undefined) partition.wentBack(position.jump, offset);
        this.#findings.add(
          "nonmonotonic-poll",
          [before, place],
          () => `process ${process} polled offset ${offset} of ${partition.name} after offset ${last}`,
        );
      } else {
        if (again) this.#counts.redelivered++;
        if (offset > highest + 1)
          position.jump = partition.addJump({ process, from: highest, to: offset, before, after: place });
      }
      position.last = offset;
      position.highest = Math.max(highest, offset);
      position.place = place;
    }
  }

  /** Finds what only the whole history can show; nothing when the budget did not reach to its end. */
  #judge(): Outcome {
    if (this.#judged !== undefined) return this.#judged;
    const total: Outcome = { lost: 0, notSeen: 0, unsureCommitted: 0, neverSent: 0 };
    this.#judged = total;
    this.#whySpent ??= this.#budget?.exceeded();
    if (this.spent) return total;
    const open = [...this.#pairer.open()];
    for (const invoke of open) {
      if (invoke.f !== "send") continue;
      this.#counts.sends++;
      this.#notAcknowledged(invoke, undefined, this.#place);
    }
    // A final read that was cut off does not tell what it would have seen.
    for (const { process } of open) this.#clients.delete(process);
    for (const partition of this.#partitions.values()) {
      const outcome = partition.judge(this.#anywhere, this.#lastFinalPoll(partition));
      for (const name of Object.keys(outcome) as (keyof Outcome)[]) total[name] += outcome[name];
    }
    return total;
  }

  #lastFinalPoll(partition: Partition): number | undefined {
    const readers = this.#clients.values().filter((client) => isFinalReader(client, partition));
    return readers.reduce<number | undefined>(
      (last, { lastPollPlace }) => Math.max(last ?? 0, lastPollPlace),
      undefined,
    );
  }

  #askBudget(work: number): void {
    this.#untilAsked -= work;
    if (this.#untilAsked > 0) return;
    this.#untilAsked = budgetStep;
    this.#whySpent = this.#budget?.exceeded();
  }

  #clientOf(process: number): Client {
    let client = this.#clients.get(process);
    if (client === undefined) {
      client = new Client();
      this.#clients.set(process, client);
    }
    return client;
  }

  #partitionOf(name: string): Partition {
    let partition = this.#partitions.get(name);
    if (partition === undefined) {
      partition = new Partition(name, this.#findings);
      this.#partitions.set(name, partition);
    }
    return partition;
  }
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);
