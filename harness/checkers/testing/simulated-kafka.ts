import type { EventType, HistoryEvent } from "../../history/event.ts";

const partitions = ["t-0", "t-1"];

interface Message {
  readonly offset: number;
  readonly value: unknown;
}

/** A send under way; `done` once it is in the log. */
interface Send {
  readonly value: unknown;
  readonly partition: string;
  offset?: number;
}

interface Producer {
  process: number;
  under?: Send;
}

interface Consumer {
  process: number;
  polling: boolean;
  /** Its assignment changed since its last poll. */
  rebalanced: boolean;
  readonly positions: Map<string, number>;
}

/**
 * A correct execution of producers and a consumer group against two partitions, and final reads by two fresh consumers.
 *
 * Sends end ok, fail or info, and those that end info take effect at once, late or never; the log has gaps; values are polled
 * before their acknowledgement; the group rebalances and goes back to what was committed, so that records come again.
 * @param picks random whole numbers: they decide everything.
 */
export function simulatedKafka(picks: readonly number[]): HistoryEvent[] {
  const simulation = new Simulation(picks);
  while (simulation.hasPicks) simulation.step();
  simulation.finish();
  return simulation.events;
}

class Simulation {
  readonly events: HistoryEvent[] = [];
  readonly #picks: readonly number[];
  #next = 0;
  #processes = 0;
  #values = 0;
  readonly #logs = new Map(partitions.map((name) => [name, [] as Message[]]));
  readonly #ends = new Map(partitions.map((name, index) => [name, index * 1000]));
  readonly #committed = new Map(partitions.map((name) => [name, 0]));
  readonly #owners = new Map<string, Consumer>();
  readonly #late: Send[] = [];
  readonly #producers: Producer[];
  readonly #consumers: Consumer[];

  constructor(picks: readonly number[]) {
    this.#picks = picks;
    this.#producers = [{ process: this.#processes++ }, { process: this.#processes++ }];
    this.#consumers = [this.#newConsumer(), this.#newConsumer()];
    for (const consumer of this.#consumers) {
      this.#write("invoke", consumer.process, "subscribe", ["t"]);
      this.#write("ok", consumer.process, "subscribe", ["t"]);
    }
    this.#rebalance();
  }

  get hasPicks(): boolean {
    return this.#next < this.#picks.length;
  }

  step(): void {
    const what = this.#pick(10);
    if (what < 5) this.#produce(this.#producers[what % 2] as Producer);
    else if (what < 8) this.#consume(what % 2);
    else if (what === 8) this.#rebalance();
    else {
      const send = this.#late.pop();
      if (send) this.#append(send);
    }
  }

  /** Ends or leaves open what is under way, and reads everything twice from the beginning. */
  finish(): void {
    for (const { process, under } of this.#producers) {
      if (under === undefined || this.#pick(3) === 0) continue;
      this.#acknowledge(process, under);
    }
    for (const reader of [this.#processes++, this.#processes++]) this.#readAll(reader);
  }

  #produce(producer: Producer): void {
    const { under, process } = producer;
    if (under === undefined) {
      const number = this.#values++;
      const value = [number, `v${number}`, { id: number, tags: [null] }][this.#pick(3)];
      const send: Send = { value, partition: partitions[this.#pick(2)] as string };
      this.#write("invoke", process, "send", value);
      if (this.#pick(2) === 0) this.#append(send);
      producer.under = send;
      return;
    }
    delete producer.under;
    const end = this.#pick(6);
    if (end === 0) {
      this.#write("info", process, "send", under.value, this.#pick(2) === 0 ? under.partition : undefined);
      if (under.offset === undefined) this.#late.push(under);
      producer.process = this.#processes++;
    } else if (end === 1 && under.offset === undefined) {
      this.#write("fail", process, "send", under.value, this.#pick(2) === 0 ? under.partition : undefined);
    } else {
      this.#acknowledge(process, under);
    }
  }

  #acknowledge(process: number, send: Send): void {
    this.#append(send);
    const { partition, offset, value } = send;
    this.#write("ok", process, "send", { key: partition, offset, value }, partition);
  }

  #append(send: Send): void {
    if (send.offset !== undefined) return;
    const { partition, value } = send;
    const offset = (this.#ends.get(partition) ?? 0) + (this.#pick(4) === 0 ? 1 + this.#pick(3) : 0);
    this.#ends.set(partition, offset + 1);
    this.#logs.get(partition)?.push({ offset, value });
    send.offset = offset;
  }

  #consume(index: number): void {
    const consumer = this.#consumers[index] as Consumer;
    if (!consumer.polling) {
      this.#write("invoke", consumer.process, "poll", null);
      consumer.polling = true;
      return;
    }
    consumer.polling = false;
    if (this.#pick(12) === 0) {
      this.#write("info", consumer.process, "poll", null);
      this.#consumers[index] = this.#newConsumer();
      this.#rebalance();
      return;
    }
    const owned = partitions.filter((name) => this.#owners.get(name) === consumer);
    const records: [string, [number, unknown][]][] = [];
    for (const name of owned) {
      const from = consumer.positions.get(name) ?? this.#committed.get(name) ?? 0;
      if (this.#pick(2) === 0) this.#committed.set(name, from);
      const read = (this.#logs.get(name) ?? [])
        .filter(({ offset }) => offset >= from)
        .slice(0, this.#pick(5));
      records.push([name, read.map(({ offset, value }) => [offset, value])]);
      consumer.positions.set(name, (read.at(-1)?.offset ?? from - 1) + 1);
    }
    const value = { ...(consumer.rebalanced ? { rebalance: true } : {}), ...Object.fromEntries(records) };
    consumer.rebalanced = false;
    this.#write("ok", consumer.process, "poll", value);
  }

  #rebalance(): void {
    for (const consumer of this.#consumers) {
      consumer.rebalanced = true;
      consumer.positions.clear();
    }
    for (const name of partitions) this.#owners.set(name, this.#consumers[this.#pick(2)] as Consumer);
  }

  #readAll(process: number): void {
    this.#write("invoke", process, "assign", partitions);
    this.#write("ok", process, "assign", partitions);
    const chunk = 1 + (this.#values % 4);
    for (let from = 0; ; from += chunk) {
      const read = [...this.#logs].map(([name, log]) => [
        name,
        log.slice(from, from + chunk).map(({ offset, value }) => [offset, value]),
      ]);
      this.#write("invoke", process, "poll", null);
      this.#write("ok", process, "poll", Object.fromEntries(read));
      if (read.every(([, records]) => records?.length === 0)) return;
    }
  }

  #newConsumer(): Consumer {
    return { process: this.#processes++, polling: false, rebalanced: false, positions: new Map() };
  }

  #pick(n: number): number {
    return (this.#picks[this.#next++] ?? 0) % n;
  }

  #write(type: EventType, process: number, f: string, value: unknown, key?: string): void {
    const index = this.events.length;
    const event = { index, time: index * 1e6, type, process, f, value };
    this.events.push(key === undefined ? event : { ...event, key });
  }
}
