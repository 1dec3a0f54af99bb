import type { Clock } from "../telemetry/clock.ts";
import type { Frame, FrameReader } from "./frames.ts";

/** Read messages that may wait before we stop reading the socket. */
const maxWaitingBytes = 256 * 1024;
/** Bytes parsed at a stretch; the parser needs about 50 ns a byte, and others want their turn. */
const sliceBytes = 64 * 1024;

export interface InboxHandlers {
  /** Handles a frame; the next one waits until this resolves. */
  readonly onFrame: (frame: Frame) => Promise<void>;
  /** `onFrame` rejected, or the bytes are no frames. Nothing more is handled. */
  readonly onError: (error: unknown) => void;
  /** Everything that came has been handled. */
  readonly onIdle: () => void;
  /** Stop or go on reading the socket. */
  readonly onReading: (reading: boolean) => void;
}

/**
 * What comes in on one connection: frames are handled one after another, in the order they came, so that a client
 * need not wait for one answer before it sends the next frame. While work waits here, or frames come faster than
 * `framesPerSecond` (after a burst of as many), the socket is not read, and so the client's sending comes to a halt.
 */
export class Inbox {
  readonly #reader: FrameReader;
  readonly #handlers: InboxHandlers;
  readonly #clock: Clock;
  readonly #frameEveryMs: number;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #reading = true;
  #pacing = false;
  #work: Promise<void> | undefined;
  #draining = false;
  #closed = false;
  /** When the burst will be used up no more (the generic cell rate algorithm's theoretical arrival time). */
  #arrival = 0;

  constructor(reader: FrameReader, framesPerSecond: number, clock: Clock, handlers: InboxHandlers) {
    this.#reader = reader;
    this.#frameEveryMs = 1_000 / framesPerSecond;
    this.#clock = clock;
    this.#handlers = handlers;
  }

  get reading(): boolean {
    return this.#reading;
  }

  add(bytes: Uint8Array): void {
    if (this.#closed || this.#draining) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#updateReading();
    this.#work ??= this.#handleAll();
  }

  /** Takes nothing more, and resolves when what has come is handled. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#updateReading();
    await this.#work;
  }

  /** Handles nothing more, and reads on only to forget. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    this.#updateReading();
  }

  /** Never rejects. */
  async #handleAll(): Promise<void> {
    try {
      for (let next = this.#waiting.shift(); next && !this.#closed; next = this.#waiting.shift()) {
        this.#waitingBytes -= next.length;
        await this.#handle(next);
        this.#updateReading();
      }
      if (!this.#closed) this.#handlers.onIdle();
    } catch (error) {
      if (!this.#closed) this.#handlers.onError(error);
    } finally {
      this.#work = undefined;
    }
  }

  async #handle(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length; start += sliceBytes) {
      if (start > 0) await new Promise((resolve) => setImmediate(resolve));
      for (const frame of this.#reader.read(bytes.subarray(start, start + sliceBytes))) {
        await this.#pace();
        if (this.#closed) return;
        await this.#handlers.onFrame(frame);
      }
    }
  }

  async #pace(): Promise<void> {
    const now = this.#clock.now();
    this.#arrival = Math.max(this.#arrival, now) + this.#frameEveryMs;
    const early = this.#arrival - now - 1_000;
    if (early <= 0) return;
    this.#pacing = true;
    this.#updateReading();
    await this.#clock.sleep(early);
    this.#pacing = false;
    this.#updateReading();
  }

  #updateReading(): void {
    const keepUp = !this.#draining && !this.#pacing && this.#waitingBytes <= maxWaitingBytes;
    const reading = this.#closed || keepUp;
    if (reading === this.#reading) return;
    this.#reading = reading;
    this.#handlers.onReading(reading);
  }
}
