import { connect, type Socket } from "node:net";
import { hostPort } from "../util/host-port.ts";
import type { Protocol } from "./protocols.ts";

/** How an exchange ended without an answer. `closed`: in order, by the other side; others: the code of the error. */
export type Outcome = "silent" | "closed" | "ECONNREFUSED" | "ECONNRESET" | (string & {});

/** There was no answer, or not all of it. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
  readonly outcome: Outcome;
  /** What came in time. */
  readonly answer: Answer;
  constructor(address: string, outcome: Outcome, answer: Answer) {
    const what = outcome === "silent" ? `silent for ${Math.round(answer.ms)} ms` : outcome;
    super(`${address} gives no answer: ${what}`);
    this.outcome = outcome;
    this.answer = answer;
  }
}

/** What came back, and when. */
export interface Answer {
  /** Milliseconds from the first byte sent to the last byte received. */
  readonly ms: number;
  /** Bytes. */
  readonly sent: number;
  readonly received: number;
  /** How many questions were answered in full. */
  readonly answers: number;
}

/** What is asked, of whom. */
export interface Peer {
  /** host:port. */
  readonly address: string;
  readonly protocol: Protocol;
  /** The address to connect from; by default the system's choice. */
  readonly source?: string;
}

export interface Question {
  /** How often it is asked, one behind the other without awaiting answers (default 1). */
  readonly count?: number;
  /** Bytes each has more than it needs (default 0). */
  readonly padding?: number;
  /** Milliseconds for the whole answer. */
  readonly deadlineMs: number;
}

/**
 * Asks once, over a connection of its own.
 * @throws NoAnswerError when nothing, or not all, comes back in time.
 */
export async function exchange(peer: Peer, question: Question): Promise<Answer> {
  await using conversation = await Conversation.open(peer, question.deadlineMs);
  return await conversation.ask(question);
}

/** A connection over which a node is asked, again and again. */
export class Conversation implements AsyncDisposable {
  readonly #peer: Peer;
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);
  #receivedBytes = 0;
  #answers = 0;
  #ended: Outcome | undefined;
  #onChange: () => void = () => {};

  private constructor(peer: Peer) {
    this.#peer = peer;
    this.#socket = connect({
      ...hostPort(peer.address),
      noDelay: true,
      ...(peer.source === undefined ? {} : { localAddress: peer.source }),
    });
    this.#socket.on("data", (data) => this.#take(data));
    this.#socket.on("end", () => this.#end("closed"));
    this.#socket.on("close", () => this.#end("closed"));
    this.#socket.on("error", (error: NodeJS.ErrnoException) => this.#end(error.code ?? error.message));
  }

  /**
   * Connects, and says what must be said first.
   * @throws NoAnswerError when that does not succeed in time.
   */
  static async open(peer: Peer, deadlineMs: number): Promise<Conversation> {
    const conversation = new Conversation(peer);
    const start = performance.now();
    const socket = conversation.#socket;
    try {
      await conversation.#until(() => !socket.connecting, deadlineMs, start, 0);
      const { hello } = peer.protocol;
      if (hello) await conversation.#send(hello, 1, deadlineMs - (performance.now() - start));
      return conversation;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /** @throws NoAnswerError when not all comes back in time. */
  ask({ count = 1, padding = 0, deadlineMs }: Question): Promise<Answer> {
    const question = this.#peer.protocol.question(padding);
    return this.#send(Buffer.concat(Array.from({ length: count }, () => question)), count, deadlineMs);
  }

  /**
   * Ends our side of the connection, and awaits that the other side ends its own.
   * @returns milliseconds until then; the deadline if it did not.
   */
  async close(deadlineMs: number): Promise<number> {
    const start = performance.now();
    this.#socket.end();
    await this.#until(() => this.#ended !== undefined, deadlineMs, start, 0).catch(() => {});
    return Math.min(deadlineMs, performance.now() - start);
  }

  async #send(bytes: Buffer, answers: number, deadlineMs: number): Promise<Answer> {
    const start = performance.now();
    this.#receivedBytes = 0;
    this.#answers = 0;
    this.#socket.write(bytes);
    await this.#until(() => this.#answers >= answers, deadlineMs, start, bytes.length);
    return this.#answer(start, bytes.length);
  }

  #answer(start: number, sent: number): Answer {
    const ms = performance.now() - start;
    return { ms, sent, received: this.#receivedBytes, answers: this.#answers };
  }

  #take(data: Buffer): void {
    this.#receivedBytes += data.length;
    this.#unread = Buffer.concat([this.#unread, data]);
    for (;;) {
      const length = this.#peer.protocol.answerLength(this.#unread);
      if (length === undefined) break;
      this.#unread = this.#unread.subarray(length);
      this.#answers++;
    }
    this.#onChange();
  }

  #end(outcome: Outcome): void {
    this.#ended ??= outcome;
    this.#onChange();
  }

  #until(done: () => boolean, deadlineMs: number, start: number, sent: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (outcome: Outcome) =>
      reject(new NoAnswerError(this.#peer.address, outcome, this.#answer(start, sent)));
    const check = () => {
      // An end that is the answer counts as one, so `done` goes first.
      if (done()) resolve();
      else if (this.#ended !== undefined) fail(this.#ended);
    };
    const timer = setTimeout(() => fail("silent"), Math.max(0, deadlineMs));
    this.#onChange = check;
    this.#socket.once("connect", check);
    check();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#onChange = () => {};
      this.#socket.off("connect", check);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }
}
