import { Agent, request } from "undici";
import { z } from "zod";
import type { Service } from "../workload.ts";
import type { Batch, GroupMember, LogClient } from "./client.ts";

/** A consumer that is paused for longer is given up. */
const answerWithinMs = 20_000;
/** How long a poll waits for records, there. */
const pollMs = 500;

const joined = z.object({ id: z.string() });
const batch = z.object({
  rebalance: z.boolean(),
  records: z.array(z.object({ partition: z.int(), offset: z.int(), value: z.number() })),
});

/** Members of groups in a consumer process (`serveMembers`). */
export class RemoteMembers implements Pick<LogClient, "member">, AsyncDisposable {
  readonly #consumer: Service;
  readonly #agent = new Agent({ connections: 4, pipelining: 1, connect: { timeout: 2_000 } });

  constructor(consumer: Service) {
    this.#consumer = consumer;
  }

  member(group: string, topic: string): GroupMember {
    return new RemoteMember((path, body) => this.#post(path, body), group, topic);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  /** @throws Error for any answer but 200, and for none. */
  async #post(path: string, body: object): Promise<unknown> {
    const { statusCode, body: answer } = await request(new URL(path, this.#consumer.baseUrl), {
      method: "POST",
      dispatcher: this.#agent,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const text = await answer.text();
    if (statusCode !== 200)
      throw new Error(`${this.#consumer.name} answers ${statusCode}: ${text.slice(0, 200)}`);
    return JSON.parse(text);
  }
}

/** A call that gets no answer is the end of a member: what it was to bring may have been polled, and must not be committed. */
class RemoteMember implements GroupMember {
  readonly #post: (path: string, body: object) => Promise<unknown>;
  readonly #group: string;
  readonly #topic: string;
  #path: string | undefined;

  constructor(post: (path: string, body: object) => Promise<unknown>, group: string, topic: string) {
    this.#post = post;
    this.#group = group;
    this.#topic = topic;
  }

  async join(): Promise<void> {
    const { id } = joined.parse(await this.#post("/members", { group: this.#group, topic: this.#topic }));
    this.#path = `/members/${id}`;
  }

  async poll(signal: AbortSignal): Promise<Batch> {
    let rebalance = false;
    while (!signal.aborted) {
      const polled = batch.parse(await this.#post(`${this.#path}/poll`, { waitMs: pollMs }));
      rebalance ||= polled.rebalance;
      if (polled.records.length > 0) return { rebalance, records: polled.records };
    }
    return { rebalance, records: [] };
  }

  async commit(): Promise<void> {
    await this.#post(`${this.#path}/commit`, {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#path !== undefined) await this.#post(`${this.#path}/leave`, {});
  }
}
