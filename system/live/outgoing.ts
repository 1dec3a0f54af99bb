/** Writes to a client; `flushed` is called when the operating system has taken it. */
export type Write = (text: string, flushed: () => void) => void;

export interface OutgoingLimits {
  /** Bytes that may wait for the operating system before the connection counts as congested. */
  readonly bufferBytes: number;
  /** How long a congested connection may take nothing before it is given up. */
  readonly stallMs: number;
}

/**
 * What goes out on one connection, bounded however slowly the client reads: while the connection is congested, a
 * recording's status waits here and a newer one takes its place, and the session handles no further frame that would
 * be answered ({@link room}). A client that takes nothing at all for `stallMs` is given up.
 */
export class Outgoing implements Disposable {
  readonly #write: Write;
  readonly #limits: OutgoingLimits;
  readonly #onStalled: () => void;
  readonly #waiting = new Map<string, string>();
  #unflushedBytes = 0;
  #stall: NodeJS.Timeout | undefined;
  #room = Promise.withResolvers<void>();
  #closed = false;

  constructor(write: Write, limits: OutgoingLimits, onStalled: () => void) {
    this.#write = write;
    this.#limits = limits;
    this.#onStalled = onStalled;
  }

  get congested(): boolean {
    return this.#unflushedBytes > this.#limits.bufferBytes;
  }

  send(text: string): void {
    if (this.#closed) return;
    const bytes = Buffer.byteLength(text);
    this.#unflushedBytes += bytes;
    if (this.congested && !this.#stall) this.#watchStall();
    this.#write(text, () => this.#flushed(bytes));
  }

  /** Sends at once or, while the connection is congested, later, and then only the last text of each key. */
  sendLatest(key: string, text: string): void {
    if (this.congested) this.#waiting.set(key, text);
    else this.send(text);
  }

  /** Does not send what waits under the key. */
  forget(key: string): void {
    this.#waiting.delete(key);
  }

  /** Resolves when the connection is not congested, or is over. */
  async room(): Promise<void> {
    if (this.congested && !this.#closed) await this.#room.promise;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#waiting.clear();
    clearTimeout(this.#stall);
    this.#room.resolve();
  }

  #watchStall(): void {
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => this.#onStalled(), this.#limits.stallMs);
  }

  #flushed(bytes: number): void {
    this.#unflushedBytes -= bytes;
    if (this.#closed) return;
    if (this.congested) {
      this.#watchStall(); // anew: slow, but it reads
      return;
    }
    clearTimeout(this.#stall);
    this.#stall = undefined;
    this.#room.resolve();
    this.#room = Promise.withResolvers<void>();
    for (const [key, text] of this.#waiting) {
      if (this.congested) break;
      this.#waiting.delete(key);
      this.send(text);
    }
  }
}
